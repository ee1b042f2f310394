#include "conformance/program/shrink.h"

#include <algorithm>

#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

class Shrinker {
 public:
  Shrinker(Program program, const std::function<bool(const Program&)>& still_fails,
           unsigned attempts)
      : best_(canonical(std::move(program))), still_fails_(still_fails), left_(attempts) {}

  Program go() {
    bool smaller = true;
    while (smaller && left_ > 0) {
      smaller = drop_statements();
      smaller = simplify_starts() || smaller;
      smaller = simplify_fields() || smaller;
    }
    return best_;
  }

 private:
  bool try_this(Program candidate) {
    candidate = canonical(std::move(candidate));
    if (left_ == 0 || candidate == best_) return false;
    --left_;
    if (!still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // Halves first, then quarters, down to single statements.
  bool drop_statements() {
    bool smaller = false;
    for (std::size_t length = (best_.statements.size() + 1) / 2; length > 0; length /= 2) {
      for (std::size_t from = 0; from < best_.statements.size();) {
        Program candidate = best_;
        auto& list = candidate.statements;
        const auto first = list.begin() + static_cast<std::ptrdiff_t>(from);
        const std::size_t count = std::min(length, list.size() - from);
        list.erase(first, first + static_cast<std::ptrdiff_t>(count));
        if (try_this(std::move(candidate))) {
          smaller = true;
        } else {
          from += length;
        }
      }
    }
    return smaller;
  }

  bool simplify_starts() {
    bool smaller = false;
    for (std::size_t i = 0; i < kStanding; ++i) {
      Program candidate = best_;
      candidate.start[i] = 0;
      smaller = try_this(std::move(candidate)) || smaller;
    }
    return smaller;
  }

  bool simplify_field(std::size_t index, unsigned field) {
    const Statement& one = best_.statements[index];
    const Field& description = row_of(one.verb).fields[field];
    if (one.field[field] == description.fallback) return false;
    Program candidate = best_;
    candidate.statements[index].field[field] = description.fallback;
    if (try_this(std::move(candidate))) return true;
    if (one.verb == Verb::submit && field >= at::kFirst) return drop_listed(index, field);
    if (description.kind != Kind::number || one.field[field] < 2) return false;
    candidate = best_;
    candidate.statements[index].field[field] /= 2;
    return try_this(std::move(candidate));
  }

  bool drop_listed(std::size_t index, unsigned field) {
    Program candidate = best_;
    auto& fields = candidate.statements[index].field;
    for (unsigned i = field; i + 1 < at::kFirst + kListed; ++i) fields[i] = fields[i + 1];
    fields[at::kFirst + kListed - 1] = kNoPointer;
    return try_this(std::move(candidate));
  }

  bool simplify_fields() {
    bool smaller = false;
    for (std::size_t index = 0; index < best_.statements.size(); ++index) {
      const unsigned count = row_of(best_.statements[index].verb).count;
      for (unsigned field = 0; field < count; ++field) {
        smaller = simplify_field(index, field) || smaller;
      }
    }
    return smaller;
  }

  Program best_;
  const std::function<bool(const Program&)>& still_fails_;
  unsigned left_;
};

}  // namespace

Program shrink(const Program& program, const std::function<bool(const Program&)>& still_fails,
               unsigned attempts) {
  return Shrinker(program, still_fails, attempts).go();
}

}  // namespace conformance::program
