#include "conformance/verdict.h"

namespace conformance {

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "FAIL";
    case Verdict::kBroken:
      return "broken";
    case Verdict::kNotApplicable:
      return "n.a.";
    case Verdict::kDiffers:
      return "differs";
  }
  return "?";
}

}  // namespace conformance
