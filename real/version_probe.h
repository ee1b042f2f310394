// Which of several behaviours this kernel has, found with calls that are not AIO's. Every function
// may be called at any time from any thread and leaves nothing behind.
#pragma once

namespace real {

// A lone segment longer than a transfer may be is cut, not refused (since 6.4, K57).
bool clamps_single_segment();
// I/O priority data above 7 is a hint, not an error (since 6.5, K51).
bool takes_ioprio_hints();
// The caller may use the real-time I/O priority class (K51).
bool may_use_realtime_io();
// timerfd and signalfd have an iterator-style read method (since 6.10, K54).
bool timerfd_has_read_iter();

// /dev/zero takes RWF_NOWAIT (K52; 6.1 does, 5.10 does not).
bool zero_device_takes_nowait();
// tmpfs opens files with O_DIRECT (since 6.6).
bool tmpfs_opens_direct();
// A write to an eventfd may complete a poll that signals that eventfd (K91). Older kernels take the
// eventfd's lock a second time there, and the CPU hangs for good: 5.10.262 does, 6.1.176 does not.
// Nobody can try that out, so this goes by the version.
bool survives_own_eventfd_polls();

}  // namespace real
