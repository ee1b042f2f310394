// The question about an accepted request, and the record of one: what both are taken from.
#pragma once

#include "core/request.h"
#include "fault/questions.h"
#include "observe/record.h"

namespace aioemu::observe {

// What `request` says about itself. Left to the owner: nowait by the file, stream, direct, file,
// at.
inline fault::AcceptedRequest question_about(const core::Request& request,
                                             const fault::Identity& identity,
                                             std::uint64_t nr) noexcept {
  fault::AcceptedRequest question;
  question.identity = identity;
  question.op = request.op;
  question.fd = request.fd;
  question.nr = nr;
  question.length = request.length;
  question.offset = request.offset;
  question.data = request.data;
  question.nowait = (request.rw_flags & abi::kRwfNowait) != 0;
  question.flags = request.rw_flags;
  if (request.eventfd != core::FileRef::none) question.flags |= fault::kRequestFlagResfd;
  return question;
}

// The record of `event` about `request`. Left to the owner: time, thread, who, file, caller, and
// what the event itself adds.
inline Record record_of(Event event, const core::Request& request) noexcept {
  Record record;
  record.event = event;
  record.op = request.op;
  record.fd = request.fd;
  record.serial = request.serial;
  record.length = request.length;
  record.offset = request.offset;
  record.data = request.data;
  record.iocb = request.obj;
  return record;
}

// What a record of a fault says: the rule made a difference of `amount`.
inline void fill_in_fault(Record& record, const fault::RuleBody& body, int rule,
                          std::uint64_t amount) noexcept {
  record.rule = rule;
  record.layer = body.layer;
  record.action = body.act.action;
  record.amount = amount;
}

}  // namespace aioemu::observe
