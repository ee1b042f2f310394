// Ends what hangs.
//
// A test that runs for too long gets SIGALRM, which interrupts a sleeping call, so that the test
// fails and the suite goes on. One that does not even end then ends the program, with a message.
#pragma once

#include <string>

namespace conformance {

// Watches `test` from now on, until the next call of either. Main thread only.
void watch(const std::string& test);
// True when the watched test was interrupted.
bool stop_watching();

inline constexpr unsigned kTestPatienceSeconds = 60;
inline constexpr unsigned kLastPatienceSeconds = 20;

}  // namespace conformance
