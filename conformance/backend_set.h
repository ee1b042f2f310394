// The backends of this run, made and probed before any test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conformance/backend.h"

namespace conformance {

// Owned by the process; filled in main before InitGoogleTest, then only read. Main thread only.
class BackendSet {
 public:
  static BackendSet& instance();

  void add(std::unique_ptr<Backend> backend);
  // In the order of add().
  [[nodiscard]] std::vector<std::string> names() const;
  // Null when there is none of that name.
  [[nodiscard]] Backend* find(const std::string& name) const;

  // A test left the backend in a state in which nothing more can be said: `why` becomes the
  // reason of every later test on it.
  void mark_unusable(const std::string& name, const std::string& why);
  // Empty while it is usable.
  [[nodiscard]] std::string unusable_because(const std::string& name) const;

 private:
  struct Entry {
    std::unique_ptr<Backend> backend;
    std::string unusable;
  };
  [[nodiscard]] const Entry* entry(const std::string& name) const;
  std::vector<Entry> entries_;
};

}  // namespace conformance
