/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_VERSION_H
#define PINACCT_VERSION_H

#define PINACCT_VERSION "0.1"
#define PINACCT_DATE	"2026-11-27" /* of this version, for the manual */

#endif
