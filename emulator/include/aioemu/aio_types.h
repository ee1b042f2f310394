// The types of kernel AIO, by name only: struct iocb, struct io_event, aio_context_t.
//
// Two headers define the structs, with the same layout and different members, and exclude each
// other: the kernel's <linux/aio_abi.h> and libaio's <libaio.h>. Include the one that your code is
// written for, before or after aioemu's; aioemu needs neither.
#pragma once

struct iocb;
struct io_event;
// As <linux/aio_abi.h> has it on 64-bit Linux. libaio's io_context_t is the same value as a
// pointer.
using aio_context_t = unsigned long;
