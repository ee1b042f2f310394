// Counting signal handlers for the tests of the real backends.
#pragma once

namespace conformance {

// Installs a handler that counts, with or without SA_RESTART. Counts of all signals are shared by
// all threads.
void count_signal(int signal, bool restart);
int signals_counted(int signal);
// All counts to zero, counting handlers for the signals that the kernel itself sends
// (SIGPIPE, SIGXFSZ) and for SIGUSR1 and SIGUSR2.
void reset_signal_counts();

}  // namespace conformance
