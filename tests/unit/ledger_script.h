/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger's tests are written in a small language, a statement a line or
 * `;`. Each event happens 1 ns after the one before; audit after each.
 *
 *   OPTS reorder=N held=N preexisting=N max=N     first, if at all
 *   TASK a [tid=N] [tgid=N] [mm=N] [cgroup=N] [comm=S]
 *        tasks need no declaration: `a` is tid 97, tgid 97, mm 0x9700, comm "a"
 *   PIN a RUN[,RUN...] [KEY=N...] [FLAG...]
 *   UNPIN a RUN[,RUN...] [KEY=N...] [FLAG...]
 *        RUN   pfn+pages[@order], order 0 if left out, `?` = not known
 *              pfn*pins[@order]: so many pins of that folio, no page identity
 *        KEY   api call bio stack ts ino; FLAG irq inner longterm more next; api is
 *              the hooks.h number or user, folio, add
 *   FORK child parent / EXIT a [last] / MMGONE a
 *   MARK start a / MARK end
 *   AT ts            the next event happens then
 *   EXPECT WHAT N    see the table in ledger_script.c
 */
#ifndef LEDGER_SCRIPT_H
#define LEDGER_SCRIPT_H

/* Fails the running cmocka test with the statement, what was expected and what came. */
void run(const char *script);

#endif
