# Lines of JSON on stdin against the schema: validate.py SCHEMA COMMAND. Strict: a member that the
# schema does not have is an error, though readers must pass over it.
import json
import sys

import jsonschema

# Which definition a line has, where several have the same type.
BY_COMMAND = {"diff": {"summary": "diff_summary"}, "probe": {"hook": "probe_hook"}}


def strict(node):
    if isinstance(node, dict):
        if "properties" in node:
            node["additionalProperties"] = False
        for child in node.values():
            strict(child)
    elif isinstance(node, list):
        for child in node:
            strict(child)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    loose = jsonschema.Draft202012Validator(schema)
    defs = schema["$defs"]
    loose.validate({"type": "run", "schema_version": 1, "view": "all", "start_ns": 0, "end_ns": 1, "newer": 1})
    strict(defs)
    names = BY_COMMAND.get(sys.argv[2], {})
    seen = set()
    for number, text in enumerate(sys.stdin, 1):
        line = json.loads(text)
        name = names.get(line["type"], line["type"])
        one = {"$ref": "#/$defs/" + name, "$defs": defs}
        for error in jsonschema.Draft202012Validator(one).iter_errors(line):
            sys.exit("line %d, %s: %s: %s" % (number, name, "/".join(map(str, error.path)), error.message[:200]))
        seen.add(name)
    print(" ".join(sorted(seen)))


main()
