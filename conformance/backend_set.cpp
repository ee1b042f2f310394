#include "conformance/backend_set.h"

#include <utility>

namespace conformance {

BackendSet& BackendSet::instance() {
  static BackendSet set;
  return set;
}

void BackendSet::add(std::unique_ptr<Backend> backend) {
  entries_.push_back({std::move(backend), ""});
}

std::vector<std::string> BackendSet::names() const {
  std::vector<std::string> names;
  for (const Entry& one : entries_) names.push_back(one.backend->name());
  return names;
}

Backend* BackendSet::find(const std::string& name) const {
  const Entry* found = entry(name);
  return found != nullptr ? found->backend.get() : nullptr;
}

void BackendSet::mark_unusable(const std::string& name, const std::string& why) {
  for (Entry& one : entries_) {
    if (one.backend->name() == name && one.unusable.empty()) one.unusable = why;
  }
}

std::string BackendSet::unusable_because(const std::string& name) const {
  const Entry* found = entry(name);
  return found != nullptr ? found->unusable : "no such backend";
}

const BackendSet::Entry* BackendSet::entry(const std::string& name) const {
  for (const Entry& one : entries_) {
    if (one.backend->name() == name) return &one;
  }
  return nullptr;
}

}  // namespace conformance
