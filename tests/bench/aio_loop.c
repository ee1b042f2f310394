/* An ordinary AIO program: submits and reaps 4 KiB reads from a file on tmpfs and prints the
 * nanoseconds per request. It knows nothing of aioemu; the benchmark runs it natively and under
 * the preload library. With "inline" it makes the calls with the instruction itself; with "pread"
 * it uses plain pread instead, for the floor.
 *
 * usage: aio_loop aio|inline|pread DEPTH REQUESTS */
#define _GNU_SOURCE
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, BLOCKS = 256, MOST = 256, PART = 1024 };

static char buffer[BLOCK];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void check(long got, long want, const char* what) {
  if (got == want) return;
  fprintf(stderr, "aio_loop: %s gave %ld instead of %ld\n", what, got, want);
  exit(1);
}

#if defined(__x86_64__)
static long inline_call(long number, long a, long b, long c, void* d, void* e) {
  long result = number;
  register void* r10 __asm__("r10") = d;
  register void* r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#else
static long inline_call(long number, long a, long b, long c, void* d, void* e) {
  return syscall(number, a, b, c, d, e);
}
#endif

static void inline_round(aio_context_t context, struct iocb** list, long depth) {
  struct io_event events[MOST];
  const long ctx = (long)context;
  check(inline_call(SYS_io_submit, ctx, depth, (long)(intptr_t)list, NULL, NULL), depth,
        "io_submit");
  check(inline_call(SYS_io_getevents, ctx, depth, depth, events, NULL), depth, "io_getevents");
  check((long)events[depth - 1].res, BLOCK, "a read");
}

static void aio_round(aio_context_t context, struct iocb** list, long depth) {
  struct io_event events[MOST];
  check(syscall(SYS_io_submit, context, depth, list), depth, "io_submit");
  check(syscall(SYS_io_getevents, context, depth, depth, events, NULL), depth, "io_getevents");
  check((long)events[depth - 1].res, BLOCK, "a read");
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int use_inline = strcmp(argv[1], "inline") == 0;
  const int use_aio = use_inline || strcmp(argv[1], "aio") == 0;
  const long depth = atol(argv[2]);
  const long requests = atol(argv[3]);
  if (depth < 1 || depth > MOST) return 2;

  const int fd = memfd_create("aio_loop", 0);
  for (long i = 0; i < BLOCKS; ++i) check(pwrite(fd, buffer, BLOCK, i * BLOCK), BLOCK, "pwrite");
  aio_context_t context = 0;
  if (use_aio) check(syscall(SYS_io_setup, (unsigned)depth, &context), 0, "io_setup");
  struct iocb iocbs[MOST];
  struct iocb* list[MOST];
  memset(iocbs, 0, sizeof iocbs);
  for (long i = 0; i < depth; ++i) {
    iocbs[i].aio_lio_opcode = IOCB_CMD_PREAD;
    iocbs[i].aio_fildes = (uint32_t)fd;
    iocbs[i].aio_buf = (uint64_t)(uintptr_t)buffer;
    iocbs[i].aio_nbytes = BLOCK;
    iocbs[i].aio_offset = i * BLOCK;
    list[i] = &iocbs[i];
  }
  /* The best of many parts, each much shorter than a time slice: the machine is shared. */
  double best = 1e18;
  for (long part = 0; part < requests / PART; ++part) {
    const double start = now();
    long done = 0;
    for (; done < PART; done += depth) {
      if (use_inline) {
        inline_round(context, list, depth);
      } else if (use_aio) {
        aio_round(context, list, depth);
      } else {
        for (long i = 0; i < depth; ++i) check(pread(fd, buffer, BLOCK, i * BLOCK), BLOCK, "pread");
      }
    }
    const double per_request = (now() - start) / (double)done;
    if (per_request < best) best = per_request;
  }
  printf("%.2f\n", best);
  return 0;
}
