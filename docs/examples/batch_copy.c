/* Copies a file with Linux AIO, eight blocks at a time. It works on every machine its author has,
 * and it has a bug that README.md finds. Compile with -DFIXED for the corrected twin.
 *
 * usage: batch_copy FROM TO */
#include <fcntl.h>
#include <libaio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, BATCH = 8 };

static char blocks[BATCH][BLOCK];

static void fail(const char* what) {
  perror(what);
  exit(1);
}

/* Submits `count` writes and waits for them. */
static void write_batch(io_context_t context, struct iocb** list, long count) {
  struct io_event events[BATCH];
  while (count > 0) {
    long submitted = io_submit(context, count, list);
    if (submitted < 0) fail("io_submit");
    if (io_getevents(context, submitted, submitted, events, NULL) != submitted) fail("getevents");
    for (long i = 0; i < submitted; ++i) {
      if ((long)events[i].res < 0) fail("write");
    }
#ifdef FIXED
    list += submitted;
    count -= submitted;
#else
    count = 0; /* the bug: io_submit may have taken fewer than it was given */
#endif
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  int from = open(argv[1], O_RDONLY);
  int to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (from < 0 || to < 0) fail("open");
  io_context_t context = NULL;
  if (io_setup(BATCH, &context) != 0) fail("io_setup");

  struct iocb iocbs[BATCH];
  struct iocb* list[BATCH];
  long long offset = 0;
  for (;;) {
    long count = 0;
    while (count < BATCH) {
      ssize_t got = read(from, blocks[count], BLOCK);
      if (got < 0) fail("read");
      if (got == 0) break;
      io_prep_pwrite(&iocbs[count], to, blocks[count], (size_t)got, offset);
      list[count] = &iocbs[count];
      offset += got;
      ++count;
    }
    if (count == 0) break;
    write_batch(context, list, count);
  }
  io_destroy(context);
  return 0;
}
