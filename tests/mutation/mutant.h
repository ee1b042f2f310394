// The switch of woven code: which mutant is alive in this process.
//
// Included into every woven file by the compiler's command line. AIOEMU_MUTANT is read once, before
// any static object is made; 0, or nothing, is the program as it was written.
#pragma once

namespace mutation {

extern int alive;

}  // namespace mutation

// Never constexpr: a constant could not be switched.
inline bool aioemu_mutant(int number) noexcept { return mutation::alive == number; }
