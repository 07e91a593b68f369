// SPDX-License-Identifier: GPL-2.0
/* The ledger, case by case. The language is explained in ledger_script.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ledger_script.h"

/* X(name, script): one row a case; names of the form trap_N are KERNEL.md 6.N. */
#define CASES(X)                                                                                   \
	/* pages by identity */                                                                    \
	X(pin_and_unpin, "PIN a 100+4; EXPECT OPEN a 4; EXPECT RUNS 1; EXPECT OPEN-CALLS 1\n"      \
			 "UNPIN a 100+4; EXPECT OPEN 0; EXPECT RUNS 0; EXPECT OPEN-CALLS 0\n"      \
			 "EXPECT ENDED 4; EXPECT BY-ONLY 4; EXPECT PENDING 0")                     \
	X(unpin_front, "PIN a 100+4; UNPIN a 100+1; EXPECT OPEN a 3\n"                             \
		       "EXPECT PAGE 100 0; EXPECT PAGE 101 1; EXPECT PAGE 103 1; EXPECT RUNS 1")   \
	X(unpin_back, "PIN a 100+4; UNPIN a 103+1; EXPECT OPEN 3\n"                                \
		      "EXPECT PAGE 103 0; EXPECT PAGE 102 1; EXPECT RUNS 1")                       \
	X(unpin_middle, "PIN a 100+4; UNPIN a 101+2; EXPECT OPEN 2; EXPECT RUNS 2\n"               \
			"EXPECT PAGE 100 1; EXPECT PAGE 101 0; EXPECT PAGE 102 0\n"                \
			"EXPECT PAGE 103 1; UNPIN a 100+1,103+1; EXPECT OPEN-CALLS 0")             \
	X(unpin_page_by_page, "PIN a 100+3; UNPIN a 102+1; UNPIN a 100+1; UNPIN a 101+1\n"         \
			      "EXPECT OPEN 0; EXPECT OPEN-CALLS 0; EXPECT UNPIN-CALLS 3")          \
	X(one_release_for_two_pins, "PIN a 100+4; PIN a 104+4; UNPIN a 102+4; EXPECT OPEN 4\n"     \
				    "EXPECT PAGE 101 1; EXPECT PAGE 102 0; EXPECT PAGE 106 1")     \
	X(scattered_list,                                                                          \
	  "PIN a 1+1,1000+1,5000+1,9+1; EXPECT OPEN-CALLS 1; EXPECT RUNS 4\n"                      \
	  "UNPIN a 5000+1,1+1; EXPECT OPEN 2; EXPECT PAGE 9 1; EXPECT PAGE 1000 1")                \
	X(over_a_2m_boundary, "PIN a 500+30; EXPECT RUNS 2; UNPIN a 505+20; EXPECT OPEN 10\n"      \
			      "EXPECT PAGE 504 1; EXPECT PAGE 505 0; EXPECT PAGE 524 0\n"          \
			      "EXPECT PAGE 525 1; UNPIN a 500+5,525+5; EXPECT OPEN 0")             \
	X(page_zero, "PIN a 0+1; UNPIN a 0+1; EXPECT OPEN 0; EXPECT ENDED 1")                      \
	X(no_runs, "PIN a 1+1; UNPIN a 1+1; EXPECT OPEN 0; EXPECT PIN-CALLS 1")                    \
	X(top_of_the_address_space,                                                                \
	  "PIN a 0xfffffffffffffffe+1; PIN a 0xfffffffffffffe00+500@9\n"                           \
	  "UNPIN a 0xfffffffffffffe00+500@9; UNPIN a 0xfffffffffffffffe+1; EXPECT OPEN 0")         \
	X(run_that_breaks_the_rules, "PIN a 100+0xfff00000@0; EXPECT RUNS 1\n"                     \
				     "UNPIN a 100+0xfff00000@0; EXPECT OPEN 0; EXPECT PENDING 0")  \
                                                                                                   \
	/* the same page pinned several times: counts, not sets */                                 \
	X(trap_4_one_page_many_times,                                                              \
	  "PIN a 100+1,100+1,100+1 bio=7; EXPECT OPEN 3; EXPECT PAGE 100 3\n"                      \
	  "UNPIN a 100*2 bio=7; EXPECT OPEN 1; UNPIN a 100+1 bio=7; EXPECT OPEN 0\n"               \
	  "EXPECT BY-ONLY 3; EXPECT PENDING 0")                                                    \
	X(trap_4_one_release_lists_a_page_twice,                                                   \
	  "PIN a 100+1; PIN a 100+1; UNPIN a 100+1,100+1; EXPECT OPEN 0; EXPECT PENDING 0")        \
	X(overlapping_runs_of_one_call,                                                            \
	  "PIN a 100+4,102+4; UNPIN a 100+6; EXPECT OPEN 2\n"                                      \
	  "EXPECT PAGE 102 1; EXPECT PAGE 103 1; EXPECT PAGE 104 0\n"                              \
	  "UNPIN a 102+2; EXPECT OPEN 0; EXPECT BY-ONLY 8")                                        \
                                                                                                   \
	/* folios */                                                                               \
	X(trap_2_io_uring_6_12, "PIN a 517+96@9 longterm; UNPIN a 518+95@9; EXPECT OPEN 1\n"       \
				"EXPECT PAGE 517 1; UNPIN a 512+1@9; EXPECT OPEN 0\n"              \
				"EXPECT PENDING 0; EXPECT BY-ONLY 96")                             \
	X(trap_2_io_uring_7x, "PIN a 517+96@9 longterm; UNPIN a 512*95@9; EXPECT OPEN 1\n"         \
			      "EXPECT BLURRED 1; UNPIN a 512*1@9; EXPECT OPEN 0")                  \
	X(trap_2_head_release_by_page_after_count,                                                 \
	  "PIN a 517+96@9; UNPIN a 512*95@9\n"                                                     \
	  "UNPIN a 512+1@9; EXPECT OPEN 0; EXPECT PENDING 0")                                      \
	X(trap_2_any_page_after_count, "PIN a 517+96@9; UNPIN a 512*95@9; UNPIN a 600+1@9\n"       \
				       "EXPECT OPEN 0; EXPECT PENDING 0")                          \
	X(trap_2_two_folios_of_a_buffer,                                                           \
	  "PIN a 600+424@9,1024+512@9; UNPIN a 512*423@9,1024*511@9; EXPECT OPEN 2\n"              \
	  "UNPIN a 512*1@9,1024*1@9; EXPECT OPEN 0; EXPECT OPEN-CALLS 0")                          \
	X(count_release_of_all_pages, "PIN a 512+16@4; UNPIN a 512*16@4 ; EXPECT OPEN 0")          \
	X(count_release_named_by_tail, "PIN a 520+4@4; UNPIN a 523*4@4 ; EXPECT OPEN 0")           \
	X(count_release_in_two_steps, "PIN a 512+16@4; UNPIN a 512*10@4; EXPECT BLURRED 6\n"       \
				      "UNPIN a 512*6@4; EXPECT OPEN 0; EXPECT PENDING 0")          \
	X(pages_after_a_count, "PIN a 512+16@4; UNPIN a 512*10@4; UNPIN a 520+6@4; EXPECT OPEN 0") \
	X(count_stays_in_its_folio, "PIN a 512+32@4; UNPIN a 512*20@4; EXPECT OPEN 16\n"           \
				    "EXPECT PENDING 4; EXPECT PAGE 528 1; EXPECT PAGE 543 1")      \
	X(count_over_small_pages, "PIN a 512+32@0; UNPIN a 520*4@3; EXPECT OPEN 28\n"              \
				  "EXPECT BLURRED 4; EXPECT PAGE 519 1; EXPECT PAGE 528 1\n"       \
				  "UNPIN a 512+32@0; EXPECT OPEN 0; EXPECT PENDING 4")             \
	/* a run tells the order of its first folio only; that of a later one is learnt when a     \
	   release names it, for all runs that hold its pages */                                   \
	X(later_folio_by_count_then_lists,                                                         \
	  "PIN a 512+20@4; PIN b 524+20@4; UNPIN c 528*4@4; EXPECT OPEN a 16; EXPECT OPEN b 20\n"  \
	  "UNPIN b 524+16@4; EXPECT OPEN b 4; UNPIN a 512+20@4\n"                                  \
	  "EXPECT PENDING 0; EXPECT OPEN 0")                                                       \
	X(later_folio_by_head_then_list,                                                           \
	  "PIN a 520+10@4; PIN b 524+20@4; UNPIN c 528+1@4; UNPIN c 528+1@4; UNPIN c 528+1@4\n"    \
	  "UNPIN a 520+10@4; EXPECT PENDING 0; EXPECT OPEN 17; UNPIN b 524+17@4\n"                 \
	  "EXPECT PENDING 0; EXPECT OPEN 0")                                                       \
	X(later_folio_of_one_call_in_pieces,                                                       \
	  "PIN a 512+32@4; UNPIN c 532+4@4; UNPIN c 528*4@4; UNPIN c 528*2@4; EXPECT OPEN 22\n"    \
	  "UNPIN a 512+22@4; EXPECT PENDING 0; EXPECT OPEN 0")                                     \
	X(later_small_pages_stay_apart,                                                            \
	  "PIN a 512+8@0; UNPIN a 512+4@0; UNPIN a 512+4@0; EXPECT OPEN 4; EXPECT PENDING 4")      \
	X(page_release_stays_in_its_folio, "PIN a 512+16@4; UNPIN a 528+1@4; EXPECT OPEN 16\n"     \
					   "EXPECT PENDING 1")                                     \
	X(neighbour_page_is_another_folio, "PIN a 100+1; UNPIN a 101+1; EXPECT OPEN 1\n"           \
					   "EXPECT PENDING 1")                                     \
	X(small_folio_by_count, "PIN a 100+1; UNPIN a 100*1; EXPECT OPEN 0; EXPECT PENDING 0")     \
	X(exact_pages_go_first, "PIN a 512+4@9; PIN b 520+4@9; UNPIN c 520+4@9; EXPECT OPEN b 0\n" \
				"EXPECT OPEN a 4; EXPECT BY-ONLY 4")                               \
	X(exact_before_folio_in_one_call, "PIN a 517+5@9; UNPIN a 512+10@9; EXPECT OPEN 0\n"       \
					  "EXPECT PENDING 5; EXPECT ENDED 5")                      \
	X(more_pages_than_pinned, "PIN a 512+5@9; UNPIN a 512*8@9; EXPECT OPEN 0\n"                \
				  "EXPECT PENDING 3; MARK end; EXPECT UNMATCHED 3")                \
	X(trap_3_integrity_merges,                                                                 \
	  "PIN a 512+8@4; UNPIN a 513+7@4; UNPIN a 512+1@4; EXPECT OPEN 0")                        \
                                                                                                   \
	/* folio APIs */                                                                           \
	X(trap_5_memfd_one_pin_a_folio,                                                            \
	  "PIN a 512*1@9 api=folio; EXPECT OPEN 1; EXPECT BLURRED 1\n"                             \
	  "UNPIN a 512*1@9 api=folio; EXPECT OPEN 0")                                              \
	X(trap_5_iommufd_adds_pins,                                                                \
	  "PIN a 512*1@9 api=folio; PIN a 512*511@9 api=8; EXPECT OPEN 512\n"                      \
	  "UNPIN a 512+512@9; EXPECT OPEN 0; EXPECT PENDING 0")                                    \
	X(trap_5_iommufd_range_in_parts,                                                           \
	  "PIN a 512*1@9 api=folio; PIN a 512*511@9 api=8; UNPIN a 512+100@9\n"                    \
	  "EXPECT OPEN 412; UNPIN a 612+412@9; EXPECT OPEN 0; EXPECT PENDING 0")                   \
	X(trap_5_fuse_pins_pages_releases_folios,                                                  \
	  "PIN a 520+3@9; UNPIN k 512*1@9 api=folio; UNPIN k 512*1@9 api=folio; EXPECT OPEN 1\n"   \
	  "UNPIN k 512*1@9 api=folio; EXPECT OPEN 0; EXPECT PENDING 0")                            \
	X(trap_5_udmabuf, "PIN a 512*1@9,512*1@9,1024*1@9 api=folio\n"                             \
			  "UNPIN a 512*1@9 api=37; UNPIN a 1024*1@9 api=37; EXPECT OPEN 1")        \
	X(several_pins_of_a_small_folio, "PIN a 100*3 api=folio; UNPIN a 100+1; EXPECT OPEN 2\n"   \
					 "UNPIN a 100*2; EXPECT OPEN 0")                           \
                                                                                                   \
	/* gigantic folios: order 18, pages from 0x40000 on */                                     \
	X(gigantic_one_run, "PIN a 0x40000+0x40000@18; EXPECT RUNS 1; EXPECT OPEN 0x40000\n"       \
			    "UNPIN a 0x40000+0x40000@18; EXPECT OPEN 0; EXPECT PENDING 0")         \
	X(gigantic_in_pieces, "PIN a 0x40000+0x40000@18; UNPIN a 0x50000+0x1000@18\n"              \
			      "EXPECT RUNS 2; EXPECT OPEN 0x3f000; UNPIN a 0x40000+0x10000@18\n"   \
			      "UNPIN a 0x51000+0x2f000@18; EXPECT OPEN 0; EXPECT PENDING 0")       \
	X(gigantic_far_from_head, "PIN a 0x70000+1@18; UNPIN a 0x40000+1@18; EXPECT OPEN 0")       \
	X(gigantic_by_count, "PIN a 0x70000+0x100@18; UNPIN a 0x40000*0xff@18; EXPECT OPEN 1\n"    \
			     "UNPIN a 0x40000*1@18; EXPECT OPEN 0")                                \
	X(gigantic_neighbours, "PIN a 0x7ffff+1@18; UNPIN a 0x80000+1@18; EXPECT OPEN 1\n"         \
			       "EXPECT PENDING 1")                                                 \
	X(gigantic_that_leaves_its_folio, "PIN a 0x7fff0+0x20@18; UNPIN a 0x7fff0+0x20@18\n"       \
					  "EXPECT OPEN 0; EXPECT PENDING 0")                       \
                                                                                                   \
	/* pages that could not be read */                                                         \
	X(unknown_order_pinned, "PIN a 520+4@?; UNPIN a 520+4@9; EXPECT OPEN 0; EXPECT PENDING 0") \
	X(unknown_order_released, "PIN a 520+4@9; UNPIN a 520+4@?; EXPECT OPEN 0")                 \
	X(unknown_order_by_head,                                                                   \
	  "PIN a 520+4@9; UNPIN a 512+1@?; EXPECT OPEN 3; EXPECT PENDING 0")                       \
	X(unknown_order_by_count, "PIN a 520+4@9; UNPIN a 512*4@?; EXPECT OPEN 0")                 \
	X(unknown_order_gigantic, "PIN a 0x70000+4@18; UNPIN a 0x70000+3@?; EXPECT OPEN 1\n"       \
				  "UNPIN a 0x40000*1@?; EXPECT OPEN 0; EXPECT PENDING 0")          \
	X(unknown_order_pinned_gigantic, "PIN a 0x70000+4@?; UNPIN a 0x70000+4@18; EXPECT OPEN 0") \
	X(page_of_a_later_folio_in_a_run,                                                          \
	  "PIN a 528+8@4; UNPIN a 526+4@0; EXPECT OPEN 6; EXPECT PENDING 2")                       \
                                                                                                   \
	/* which pin: the rules */                                                                 \
	X(rule_bio, "PIN a 100+1 bio=1; PIN a 100+1 bio=2; UNPIN k 100+1 bio=2 irq\n"              \
		    "EXPECT BY-BIO 1; UNPIN k 100+1 bio=1 irq; EXPECT BY-ONLY 1; EXPECT OPEN 0")   \
	X(rule_bio_beats_mm, "PIN a 100+1; PIN b 100+1 bio=2; UNPIN a 100+1 bio=2\n"               \
			     "EXPECT OPEN a 1; EXPECT OPEN b 0; EXPECT BY-BIO 1")                  \
	X(rule_bio_on_a_folio,                                                                     \
	  "PIN a 512+4@9 bio=1; PIN b 512+4@9 bio=2; UNPIN k 512*4@9 bio=2 irq\n"                  \
	  "EXPECT OPEN a 4; EXPECT OPEN b 0; EXPECT BY-BIO 4")                                     \
	X(rule_family, "PIN a 512*1@9 api=folio; PIN a 512*1@9 api=add; UNPIN a 512*1@9\n"         \
		       "EXPECT BY-FAMILY 1; EXPECT OPEN 1; UNPIN a 512*1@9 api=folio\n"            \
		       "EXPECT BY-ONLY 1; EXPECT OPEN 0")                                          \
	X(rule_family_beats_mm, "PIN a 100*1 api=folio; PIN b 100+1; UNPIN a 100*1\n"              \
				"EXPECT OPEN a 1; EXPECT OPEN b 0; EXPECT BY-FAMILY 1")            \
	X(rule_mm, "PIN a 100+1; PIN b 100+1; UNPIN b 100+1; EXPECT OPEN a 1; EXPECT OPEN b 0\n"   \
		   "EXPECT BY-MM 1")                                                               \
	X(rule_gone, "PIN a 100+1; PIN b 100+1; MMGONE b; UNPIN k 100+1 irq\n"                     \
		     "EXPECT BY-GONE 1; EXPECT OPEN a 1; EXPECT OPEN b 0; EXPECT CONTESTED a 1")   \
	X(rule_gone_is_below_mm, "PIN a 100+1; PIN b 100+1; MMGONE b; UNPIN a 100+1\n"             \
				 "EXPECT BY-MM 1; EXPECT OPEN a 0; EXPECT OPEN b 1\n"              \
				 "EXPECT CONTESTED b 0")                                           \
	X(rule_gone_later_does_not_count,                                                          \
	  "PIN a 100+1; PIN b 100+1; AT 5000; MMGONE b; UNPIN k 100+1 ts=3000 irq\n"               \
	  "EXPECT BY-OLDEST 1; EXPECT OPEN a 0; EXPECT CONTESTED b 1")                             \
	X(rule_gone_both, "PIN a 100+1; PIN b 100+1; MMGONE a; MMGONE b; UNPIN k 100+1 irq\n"      \
			  "EXPECT BY-OLDEST 1; EXPECT OPEN b 1; EXPECT CONTESTED b 1\n"            \
			  "UNPIN k 100+1 irq; EXPECT OPEN 0; EXPECT CONTESTED b 0")                \
	X(rule_gone_mm_used_again, "TASK b mm=0x9700; PIN a 100+1; MMGONE a; PIN b 100+1\n"        \
				   "UNPIN b 100+1; EXPECT BY-MM 1; EXPECT OPEN b 0")               \
	X(not_contested_by_oneself, "PIN a 100+1; PIN a 100+1 stack=2; UNPIN k 100+1 irq\n"        \
				    "EXPECT BY-OLDEST 1; EXPECT CONTESTED a 0")                    \
	X(rule_oldest, "PIN a 100+1 stack=1; PIN a 100+1 stack=2; PIN b 100+1; UNPIN a 100+1\n"    \
		       "EXPECT BY-OLDEST 1; EXPECT OPEN a 1; EXPECT OPEN b 1")                     \
	X(rule_oldest_in_interrupt, "PIN b 100+1; PIN a 100+1; UNPIN a 100+1 irq\n"                \
				    "EXPECT OPEN b 0; EXPECT OPEN a 1; EXPECT BY-OLDEST 1")        \
	X(rule_is_remembered, "PIN a 100+2; PIN b 101+1; UNPIN c 101+1; EXPECT OPEN a 1\n"         \
			      "EXPECT WORST 6; UNPIN c 101+1; EXPECT BY-ONLY 1")                   \
	X(rule_per_page, "PIN a 100+4; PIN b 102+4; UNPIN b 100+6; EXPECT OPEN a 2\n"              \
			 "EXPECT OPEN b 0; EXPECT BY-MM 2; EXPECT BY-ONLY 4")                      \
	X(younger_pin_is_not_meant, "PIN a 100+1 ts=1500; PIN b 100+1 ts=1100\n"                   \
				    "UNPIN c 100+1 ts=1200; EXPECT OPEN a 1; EXPECT BY-ONLY 1")    \
	X(trap_14_legacy_dio, "PIN a 100+1; PIN a 100*1 api=add; PIN a 100*1 api=add bio=5\n"      \
			      "UNPIN a 100+1; UNPIN a 100+1; UNPIN k 100*1 bio=5 irq\n"            \
			      "EXPECT OPEN 0; EXPECT PENDING 0; EXPECT ENDED 3")                   \
	X(trap_16_dio_tried_twice, "PIN a 100+4 bio=1; UNPIN a 100+4; PIN a 100+4 bio=2\n"         \
				   "UNPIN k 100+4 bio=2 irq; EXPECT OPEN 0; EXPECT PENDING 0")     \
	X(trap_12_partial_success_is_dropped, "PIN a 100+3; UNPIN a 100+3; EXPECT OPEN 0\n"        \
					      "EXPECT BY-ONLY 3")                                  \
                                                                                                   \
	/* released by somebody else */                                                            \
	X(trap_7_kworker_releases, "TASK k mm=0; PIN a 100+4; UNPIN k 100+4; EXPECT OPEN a 0")     \
	X(trap_7_vfio_pins_for_another, "TASK v mm=0x1234; PIN v 100+4 longterm; UNPIN k 100+4\n"  \
					"EXPECT OPEN 0; EXPECT PENDING 0")                         \
	X(trap_8_released_after_exit, "PIN a 100+4 longterm; EXIT a last; MMGONE a\n"              \
				      "EXPECT EXITED 4; EXPECT MM-GONE 4; UNPIN k 100+4\n"         \
				      "EXPECT OPEN 0; EXPECT PENDING 0")                           \
                                                                                                   \
	/* the life of holders */                                                                  \
	X(exit_is_of_the_thread, "TASK b tgid=97 mm=0x6100; PIN a 100+1; PIN b 200+2; EXIT b\n"    \
				 "EXPECT EXITED 2")                                                \
	X(mm_gone_is_of_all_its_tasks,                                                             \
	  "TASK b tgid=97 mm=0x6100; PIN a 1+1; PIN b 2+2; MMGONE a\n"                             \
	  "EXPECT MM-GONE 3; EXPECT EXITED 0")                                                     \
	X(mm_address_used_again,                                                                   \
	  "PIN a 1+1; MMGONE a; PIN a 2+2; EXPECT MM-GONE 1; EXPECT SITES 2")                      \
	X(tid_used_again, "PIN a 1+1; EXIT a last; PIN a 2+2; EXPECT EXITED 1; EXPECT SITES 2")    \
	X(exec, "PIN a 1+1; MMGONE a; TASK a mm=77 comm=new; PIN a 2+2; EXIT a last\n"             \
		"EXPECT EXITED 3; EXPECT MM-GONE 1")                                               \
	X(pin_seen_after_its_exit, "PIN a 1+1; EXIT a last ts=2000; PIN a 2+2 ts=1999\n"           \
				   "EXPECT EXITED 3; EXPECT SITES 1")                              \
	X(first_pin_seen_after_its_exit, "EXIT a last ts=2000; MMGONE a ts=2001\n"                 \
					 "PIN a 2+2 ts=1999; EXPECT EXITED 2; EXPECT MM-GONE 2\n"  \
					 "PIN a 4+1 ts=2002; EXPECT EXITED 2")                     \
	X(exit_seen_after_the_tid_was_used_again, "PIN a 1+1 ts=1500; EXIT a ts=1400\n"            \
						  "EXPECT EXITED 0")                               \
	X(kernel_threads_have_no_mm, "TASK k mm=0; TASK j mm=0; PIN k 1+1; PIN j 2+1; MMGONE k\n"  \
				     "EXPECT MM-GONE 0")                                           \
	X(equal_calls_are_one_site,                                                                \
	  "PIN a 1+1 stack=5; PIN a 2+1 stack=5; EXPECT SITES 1\n"                                 \
	  "EXPECT SITE-CALLS 2; PIN a 3+1 stack=6; EXPECT SITES 2\n"                               \
	  "PIN a 4+1 stack=6 ino=9; PIN a 5+1 stack=6 longterm; EXPECT SITES 4")                   \
                                                                                                   \
	/* the workload */                                                                         \
	X(workload_root, "MARK start a; PIN a 1+1; PIN b 2+2; EXPECT WORKLOAD 1")                  \
	X(workload_child,                                                                          \
	  "MARK start a; FORK b a; FORK c b; PIN c 1+3; PIN d 9+1; EXPECT WORKLOAD 3")             \
	X(workload_forked_before_the_mark, "FORK b a; PIN b 1+1; MARK start a; EXPECT WORKLOAD 1") \
	X(workload_fork_seen_late,                                                                 \
	  "MARK start a; PIN c 1+3; EXPECT WORKLOAD 0; FORK c b; FORK b a\n"                       \
	  "EXPECT WORKLOAD 3")                                                                     \
	X(workload_parent_died, "MARK start a; FORK b a; FORK c b; EXIT b last; AT 90000\n"        \
				"PIN c 1+1; EXPECT WORKLOAD 1")                                    \
	X(workload_threads,                                                                        \
	  "MARK start a; TASK t tgid=97; FORK t a; PIN t 1+1; EXPECT WORKLOAD 1")                  \
	X(workload_pid_used_again, "MARK start a; FORK b a; PIN b 1+1; EXIT b last; FORK b z\n"    \
				   "PIN b 2+2; EXPECT WORKLOAD 1")                                 \
	X(workload_of_a_circle,                                                                    \
	  "FORK a b; FORK b a; FORK a b; PIN a 1+1; PIN b 2+1; EXPECT WORKLOAD 0\n"                \
	  "MARK start b; EXPECT WORKLOAD 2")                                                       \
                                                                                                   \
	/* release seen before its pin */                                                          \
	X(reorder, "UNPIN a 100+4 ts=1010; EXPECT PENDING 4; PIN a 100+4 ts=1005; EXPECT OPEN 0\n" \
		   "EXPECT PENDING 0; EXPECT ENDED 4; EXPECT UNMATCHED 0")                         \
	X(reorder_in_parts, "PIN a 100+2 ts=1001; UNPIN a 100+6 ts=1010; EXPECT PENDING 4\n"       \
			    "PIN a 104+2 ts=1005; EXPECT PENDING 2; PIN a 102+2 ts=1006\n"         \
			    "EXPECT PENDING 0; EXPECT OPEN 0")                                     \
	X(reorder_split,                                                                           \
	  "UNPIN a 100+6 ts=1010; PIN a 102+2 ts=1005; EXPECT PENDING 4\n"                         \
	  "PIN a 100+2 ts=1006; PIN a 104+2 ts=1007; EXPECT PENDING 0; EXPECT OPEN 0")             \
	X(reorder_younger_pin, "UNPIN a 100+4 ts=1010; PIN a 100+4 ts=1020; EXPECT OPEN 4\n"       \
			       "EXPECT PENDING 4; MARK end; EXPECT UNMATCHED 4; EXPECT OPEN 4")    \
	X(reorder_expires, "UNPIN a 100+4; AT 2000; PIN b 1+1; EXPECT PENDING 4; AT 2001\n"        \
			   "PIN b 1+1; EXPECT PENDING 0; EXPECT UNMATCHED 4")                      \
	X(reorder_pin_comes_too_late, "UNPIN a 100+4; AT 3000; PIN b 1+1; PIN a 100+4 ts=999\n"    \
				      "EXPECT OPEN a 4; EXPECT UNMATCHED 4")                       \
	X(reorder_of_two, "UNPIN a 100+1 ts=1090; UNPIN a 100+1 ts=1060; PIN a 100+1 ts=1050\n"    \
			  "PIN a 100+1 ts=1080; EXPECT OPEN 0; EXPECT PENDING 0")                  \
	X(reorder_of_two_releases, "PIN a 100+1 ts=1050; PIN a 100+1 ts=1080\n"                    \
				   "UNPIN a 100+1 ts=1090; UNPIN a 100+1 ts=1060; EXPECT OPEN 0\n" \
				   "EXPECT PENDING 0")                                             \
	X(reorder_by_count, "UNPIN a 512*96@9 ts=1100; PIN a 520+96@9 ts=1050; EXPECT OPEN 0")     \
	X(reorder_by_head, "UNPIN a 512+1@9 ts=1100; PIN a 520+2@9 ts=1050; EXPECT OPEN 1")        \
	X(reorder_folio_pin,                                                                       \
	  "UNPIN a 520+2@9 ts=1100; PIN a 512*2@9 api=folio ts=1050; EXPECT OPEN 0")               \
	X(reorder_gigantic,                                                                        \
	  "UNPIN a 0x40000+9@18 ts=1100; PIN a 0x40000+9@18 ts=1050; EXPECT OPEN 0")               \
	X(reorder_takes_no_more_than_came,                                                         \
	  "UNPIN a 100+1 ts=1060; UNPIN a 100+1 ts=1070; PIN a 100+1 ts=1050; EXPECT PENDING 1\n"  \
	  "EXPECT OPEN 0")                                                                         \
	X(reorder_of_a_scattered_pin,                                                              \
	  "UNPIN a 100+1,200+1,300+1 ts=1060; UNPIN a 100+1,300+1 ts=1070\n"                       \
	  "PIN a 100+1,300+1,100+1,200+1,300+1 ts=1050; EXPECT PENDING 0; EXPECT OPEN 0")          \
	X(reorder_long_release_and_a_short_one,                                                    \
	  "UNPIN a 104+30@? ts=1060; UNPIN a 100+1 ts=1070; PIN a 100+6,110+6 ts=1050\n"           \
	  "EXPECT OPEN 3; EXPECT PAGE 100 0; EXPECT PENDING 22")                                   \
	X(reorder_each_page_its_first_release,                                                     \
	  "UNPIN a 100+5@? ts=1060; UNPIN a 99+9@? ts=1070; PIN a 106+1,99+9 ts=1055\n"            \
	  "PIN a 100+5 ts=1065; EXPECT PENDING 0; EXPECT OPEN 1")                                  \
	X(reorder_pin_not_stolen,                                                                  \
	  "UNPIN a 100*3 ts=1060; PIN a 100*3 ts=1080; PIN a 100+1 ts=1050\n"                      \
	  "EXPECT OPEN 3; EXPECT PENDING 2")                                                       \
                                                                                                   \
	/* unpins that nothing explains */                                                         \
	X(double_unpin, "PIN a 100+1 stack=3; UNPIN a 100+1 stack=4; UNPIN b 100+1 stack=5\n"      \
			"MARK end; EXPECT UNMATCHED 1; EXPECT FAULTS 1; EXPECT PREV-PIN 3\n"       \
			"EXPECT PREV-UNPIN 4")                                                     \
	X(double_unpin_of_a_folio, "PIN a 520+2@9 stack=3; UNPIN a 512*2@9 stack=4\n"              \
				   "UNPIN a 512*1@9 stack=5; MARK end; EXPECT UNMATCHED 1\n"       \
				   "EXPECT PREV-PIN 3; EXPECT PREV-UNPIN 4")                       \
	X(double_unpin_inside_a_run, "PIN a 100+9 stack=3; UNPIN a 100+9 stack=4; UNPIN a 104+1\n" \
				     "MARK end; EXPECT PREV-PIN 3; EXPECT PREV-UNPIN 4")           \
	X(double_unpin_names_the_latest,                                                           \
	  "PIN a 9+1 stack=1; UNPIN a 9+1 stack=2; PIN a 9+1 stack=3\n"                            \
	  "UNPIN a 9+1 stack=4; UNPIN a 9+1; MARK end\n"                                           \
	  "EXPECT PREV-PIN 3; EXPECT PREV-UNPIN 4")                                                \
	X(unpin_of_never_pinned, "UNPIN a 100+1; MARK end; EXPECT UNMATCHED 1; EXPECT FAULTS 1\n"  \
				 "EXPECT PREV-PIN 0")                                              \
	X(trap_1_unknown_origin, "OPTS preexisting=4; UNPIN a 100+3; MARK end; EXPECT UNKNOWN 3\n" \
				 "EXPECT FAULTS 0; UNPIN a 200+3; MARK end; EXPECT UNKNOWN 4\n"    \
				 "EXPECT FAULTS 2; EXPECT UNMATCHED 6; EXPECT KEPT 3")             \
	X(trap_1_origin_cannot_be_known,                                                           \
	  "OPTS preexisting=0xffffffffffffffff; UNPIN a 9+1; PIN a 100+1; UNPIN a 100+1\n"         \
	  "UNPIN a 100+1; MARK end; EXPECT UNKNOWN 1; EXPECT FAULTS 1; EXPECT UNMATCHED 2")        \
	X(kept_in_detail_up_to_a_limit,                                                            \
	  "OPTS max=2; UNPIN a 1+1; UNPIN a 3+1; UNPIN a 5+1; MARK end\n"                          \
	  "EXPECT KEPT 2; EXPECT DROPPED 1; EXPECT UNMATCHED 3")                                   \
	X(faults_are_kept_rather,                                                                  \
	  "OPTS max=2 preexisting=2; UNPIN a 1+1; UNPIN a 3+1; UNPIN a 5+1\n"                      \
	  "MARK end; EXPECT KEPT 2; EXPECT FAULTS 1; EXPECT DROPPED 1")                            \
                                                                                                   \
	/* partial release, chunks, inner releases, time */                                        \
	X(last_release, "PIN a 100+4; UNPIN b 100+1 stack=8; UNPIN b 101+1,103+1 stack=9\n"        \
			"EXPECT LAST-STACK 9; EXPECT LAST-PAGES 2; EXPECT OPEN 1")                 \
	X(no_release_yet, "PIN a 100+4; EXPECT LAST-STACK 0; EXPECT WORST 0")                      \
	X(chunks_are_one_call,                                                                     \
	  "PIN a 100+4 call=50 more; PIN a 200+4 call=50 next\n"                                   \
	  "EXPECT OPEN-CALLS 1; EXPECT PIN-CALLS 1; EXPECT SITE-CALLS 1\n"                         \
	  "EXPECT SITES 1; EXPECT OPEN 8; UNPIN a 100+4,200+4; EXPECT OPEN-CALLS 0")               \
	X(chunks_released_in_between,                                                              \
	  "PIN a 100+4 call=50 more; UNPIN a 100+4\n"                                              \
	  "PIN a 200+4 call=50 next; EXPECT PIN-CALLS 1; EXPECT OPEN 4\n"                          \
	  "UNPIN a 200+4; EXPECT OPEN-CALLS 0")                                                    \
	X(chunk_whose_first_was_lost, "PIN a 200+4 call=50 next; EXPECT OPEN 4; EXPECT SITES 1\n"  \
				      "EXPECT PIN-CALLS 0")                                        \
	X(chunks_of_a_release,                                                                     \
	  "PIN a 100+9; UNPIN a 100+4 call=9 more; UNPIN a 104+5 call=9 next\n"                    \
	  "EXPECT UNPIN-CALLS 1; EXPECT OPEN 0")                                                   \
	X(trap_11_inner_releases_do_not_count, "PIN a 100+4; UNPIN a 100+4 inner; EXPECT OPEN 4\n" \
					       "EXPECT INNER 4; EXPECT RELEASED 0")                \
	X(time_held, "OPTS held=100; PIN a 100+4; PIN a 200+2; AT 1101; UNPIN a 200+2\n"           \
		     "EXPECT MAX-HELD 100; EXPECT HELD-CALLS 0; AT 1200; UNPIN a 100+1\n"          \
		     "EXPECT HELD-PAGES 1; EXPECT HELD-CALLS 0; AT 1300; UNPIN a 101+3\n"          \
		     "EXPECT HELD-PAGES 4; EXPECT HELD-CALLS 1; EXPECT MAX-HELD 300\n"             \
		     "EXPECT PAGE-NS 1300")                                                        \
	X(time_does_not_run_backwards,                                                             \
	  "PIN a 100+1 ts=1500; UNPIN a 100+1 ts=1400; EXPECT OPEN 0\n"                            \
	  "EXPECT MAX-HELD 0")

#define X(name, script)                                                                            \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		run(script);                                                                       \
	}
CASES(X)
#undef X

int main(void)
{
	const struct CMUnitTest tests[] = {
#define X(name, ...) cmocka_unit_test(name),
		CASES(X)
#undef X
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
