#include <algorithm>

#include "tests/integration/reachability/place.h"

namespace reachability {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kMany = 16;

}  // namespace

// The iocb comes first, so that one address stands for both.
struct Session::Made {
  iocb request{};
  std::string buffer;
};

iocb& Session::make(unsigned opcode, int fd, char content, std::int64_t offset) {
  auto made = std::make_shared<Made>();
  made->buffer.assign(kBlock, content);
  made->request.aio_lio_opcode = static_cast<std::uint16_t>(opcode);
  made->request.aio_fildes = static_cast<std::uint32_t>(fd);
  made->request.aio_buf = reinterpret_cast<std::uint64_t>(made->buffer.data());
  made->request.aio_nbytes = kBlock;
  made->request.aio_offset = offset;
  made->request.aio_data = 7;
  place_.kept.push_back(made);
  return made->request;
}

iocb& Session::read(int fd, std::int64_t offset) { return make(IOCB_CMD_PREAD, fd, '?', offset); }

iocb& Session::write(int fd, char content, std::int64_t offset) {
  return make(IOCB_CMD_PWRITE, fd, content, offset);
}

iocb& Session::sync(int fd) {
  iocb& request = make(IOCB_CMD_FSYNC, fd, '?', 0);
  request.aio_buf = request.aio_nbytes = 0;
  return request;
}

iocb& Session::poll(int fd) {
  iocb& request = make(IOCB_CMD_POLL, fd, '?', 0);
  request.aio_buf = 1;  // POLLIN
  request.aio_nbytes = 0;
  return request;
}

std::string& Session::buffer_of(const iocb& request) {
  return reinterpret_cast<Made*>(const_cast<iocb*>(&request))->buffer;
}

long Session::submit(const std::vector<iocb*>& requests) {
  std::vector<iocb*> list = requests;
  return place_.submit(context_, static_cast<long>(list.size()), list.data());
}

std::vector<io_event> Session::at_once() {
  std::vector<io_event> events(kMany);
  const timespec none{0, 0};
  const long count = place_.getevents(context_, 0, kMany, events.data(), &none);
  events.resize(static_cast<std::size_t>(std::max(count, 0L)));
  return events;
}

std::vector<io_event> Session::after_a_while() {
  std::vector<io_event> events(kMany);
  const timespec limit{2, 0};
  const long count = place_.getevents(context_, 1, kMany, events.data(), &limit);
  events.resize(static_cast<std::size_t>(std::max(count, 0L)));
  return events;
}

std::int64_t Session::run(iocb& request) {
  const long accepted = submit({&request});
  if (accepted != 1) return accepted;
  const std::vector<io_event> events = after_a_while();
  return events.empty() ? -ETIME : events[0].res;
}

std::string Session::contents(int fd) {
  iocb& request = read(fd);
  const std::int64_t result = run(request);
  if (result != static_cast<std::int64_t>(kBlock)) return std::to_string(result);
  std::string seen;
  for (std::size_t at = 0; at < kBlock; at += kSector) {
    const std::string sector = buffer_of(request).substr(at, kSector);
    const bool plain = sector == std::string(kSector, sector[0]);
    seen += !plain ? '*' : sector[0] == '\0' ? '0' : sector[0];
  }
  return seen;
}

std::string results(const std::vector<io_event>& events) {
  std::string text;
  for (const io_event& event : events) {
    if (!text.empty()) text += ' ';
    text += std::to_string(event.res);
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace reachability
