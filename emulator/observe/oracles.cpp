#include "observe/oracles.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "fault/rule.h"

namespace aioemu::observe {

using fault::op_bit;

namespace {

bool is_one_of(abi::Opcode op, fault::OpSet ops) noexcept {
  return static_cast<unsigned>(op) < 32 && (ops & op_bit(op)) != 0;
}
bool reads(const Record& record) noexcept { return is_one_of(record.op, fault::kReadOps); }
bool writes(const Record& record) noexcept { return is_one_of(record.op, fault::kWriteOps); }

bool same_kind(const Record& one, const Record& other) noexcept {
  return (reads(one) && reads(other)) || (writes(one) && writes(other)) ||
         (is_one_of(one.op, fault::kSyncOps) && is_one_of(other.op, fault::kSyncOps)) ||
         one.op == other.op;
}

// A request that was refused may not know its file.
bool same_file(const Record& one, const Record& other) noexcept {
  return one.file != 0 && other.file != 0 ? one.file == other.file : one.fd == other.fd;
}

struct Range {
  std::int64_t from;
  std::uint64_t length;
};

bool overlap(const Range& one, const Range& other) noexcept {
  const Range& first = one.from <= other.from ? one : other;
  const Range& second = one.from <= other.from ? other : one;
  const std::uint64_t gap =
      static_cast<std::uint64_t>(second.from) - static_cast<std::uint64_t>(first.from);
  return second.length != 0 && gap < first.length;
}

Range range_of(const Record& record) noexcept { return {record.offset, record.length}; }

// What a request that was cut short has left out.
Range rest_of(const Story& story) noexcept {
  const auto moved = static_cast<std::uint64_t>(story.result);
  const auto from = static_cast<std::uint64_t>(story.request.offset) + moved;
  return {static_cast<std::int64_t>(from), story.request.length - moved};
}

// Does `offered` take up what was refused? Whatever asks for some of the same bytes does; the same
// iocb alone does not, since programs use their iocbs for one request after the other.
bool takes_up(const Record& refused, const Record& offered) noexcept {
  if (!same_kind(refused, offered) || !same_file(refused, offered)) return false;
  const bool transfer = reads(refused) || writes(refused);
  return !transfer || refused.offset == offered.offset ||
         overlap(range_of(refused), range_of(offered));
}

// Does `offered` go on with what was cut short? Where there are no offsets (streams, files opened
// for appending), the length tells.
bool continues(const Story& cut, const Record& offered) noexcept {
  if (!same_kind(cut.request, offered) || !same_file(cut.request, offered)) return false;
  const Range rest = rest_of(cut);
  return overlap(rest, range_of(offered)) || offered.length == rest.length;
}

// An injected short count. A read that says 0 cannot be told from the end of the file.
bool is_cut_short(const Record& record) noexcept {
  const bool transfer = reads(record) || writes(record);
  if (!transfer || record.rule == fault::kNoRule || record.result < 0) return false;
  if (record.result == 0 && reads(record)) return false;
  return static_cast<std::uint64_t>(record.result) < record.length;
}

// Where the segments lie, the gaps between them included.
void bounds_of(std::span<const abi::Segment> segments, std::uint64_t& low,
               std::uint64_t& high) noexcept {
  low = ~std::uint64_t{0};
  high = 0;
  for (const abi::Segment& segment : segments) {
    if (segment.length == 0) continue;
    low = std::min(low, segment.base);
    high = std::max(high, segment.base + segment.length);
  }
}

// Lets readers in other processes see that they read in the middle of a change.
class Writing {
 public:
  explicit Writing(Board& board) noexcept : turn_(board.turn) { step(std::memory_order_acq_rel); }
  ~Writing() { step(std::memory_order_release); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  void step(std::memory_order order) noexcept {
    turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(order);
  }
  std::atomic<std::uint32_t>& turn_;
};

Finding finding_of(Oracle oracle, const Story& story, const Record& seen) noexcept {
  Finding finding;
  finding.oracle = oracle;
  finding.story = story;
  finding.seen = seen;
  return finding;
}

}  // namespace

Oracles::Oracles(Board& board, const OracleChoice& choice) noexcept : board_(&board) {
  board.choice = choice;
  board.watched = 1;
  want_what_matters();
}

void Oracles::see(const Record& record, Segments segments) noexcept {
  if (board_ == nullptr) return;
  {
    const Writing writing(*board_);
    switch (record.event) {
      case Event::refused:
        refused(record);
        break;
      case Event::accepted:
        accepted(record, segments);
        break;
      case Event::held:
        held(record, segments);
        break;
      case Event::started:
        started(record, segments);
        break;
      case Event::completed:
        completed(record);
        break;
      case Event::synchronous:
        settle(record);
        break;
      case Event::fault:
        fault(record);
        break;
      case Event::destroy:
      case Event::left:
        gone(record);
        break;
      case Event::ended:
        ended();
        break;
      default:
        break;
    }
  }
  want_what_matters();
}

void Oracles::want_what_matters() noexcept {
  std::uint32_t events = event_bit(Event::refused) | event_bit(Event::held) |
                         event_bit(Event::fault) | event_bit(Event::destroy) |
                         event_bit(Event::left) | event_bit(Event::ended);
  const Board& board = *board_;
  if (!board.refused.empty() || !board.cut.empty()) {
    events |= event_bit(Event::accepted) | event_bit(Event::synchronous);
  }
  if (!board.held.empty() || board.unwatched != 0) {
    events |= event_bit(Event::accepted) | event_bit(Event::started) | event_bit(Event::completed);
  }
  want(events);
}

// ---- debts ----

// EAGAIN for the whole call, or the tail of a batch that was accepted in part: then the program
// cannot know why. Any other error of the whole call has told the program all there is to know.
bool Oracles::is_owed(const Record& record) noexcept {
  Board& board = *board_;
  if (record.who.index == 0) {
    board.head = record.who;
    board.head_told = record.result < 0 && record.result != -EAGAIN ? 1 : 0;
  }
  return board.head_told == 0 || !fault::same_batch(board.head, record.who);
}

void Oracles::refused(const Record& record) noexcept {
  Board& board = *board_;
  const bool owed = is_owed(record);
  std::uint32_t attempts = 1;
  for (std::size_t i = board.refused.next(0); i < Board::kOwed; i = board.refused.next(i + 1)) {
    const Story& earlier = board.refusals[i];
    if (fault::same_batch(earlier.request.who, record.who) || !takes_up(earlier.request, record))
      continue;
    attempts = std::max(attempts, earlier.attempts + 1);
    board.refused.leave(i);
  }
  for (std::size_t i = board.cut.next(0); i < Board::kOwed; i = board.cut.next(i + 1)) {
    if (continues(board.shorts[i], record)) board.cut.leave(i);
  }
  if (!owed || !board.choice.has(Oracle::dropped_iocb)) return;
  const std::size_t place = board.refused.take();
  if (place == Board::kOwed) {
    ++board.forgotten[static_cast<std::size_t>(Oracle::dropped_iocb)];
    return;
  }
  Story& story = board.refusals[place] = Story{};
  story.request = record;
  story.attempts = attempts;
  story.result = record.result;
  story.end_rule = record.rule;
}

void Oracles::settle(const Record& offered) noexcept {
  Board& board = *board_;
  for (std::size_t i = board.refused.next(0); i < Board::kOwed; i = board.refused.next(i + 1)) {
    if (takes_up(board.refusals[i].request, offered)) board.refused.leave(i);
  }
  for (std::size_t i = board.cut.next(0); i < Board::kOwed; i = board.cut.next(i + 1)) {
    if (continues(board.shorts[i], offered)) board.cut.leave(i);
  }
}

void Oracles::owe_rest(const Story& story) noexcept {
  Board& board = *board_;
  if (!board.choice.has(Oracle::short_not_continued)) return;
  const std::size_t place = board.cut.take();
  if (place == Board::kOwed) {
    ++board.forgotten[static_cast<std::size_t>(Oracle::short_not_continued)];
    return;
  }
  board.shorts[place] = story;
}

// ---- requests in flight ----

std::size_t Oracles::place_of(std::uint64_t serial) const noexcept {
  const Board& board = *board_;
  for (std::size_t i = board.held.next(0); i < Board::kHeld; i = board.held.next(i + 1)) {
    if (board.serials[i] == serial) return i;
  }
  return Board::kHeld;
}

void Oracles::accepted(const Record& record, Segments segments) noexcept {
  settle(record);
  if (board_->held.empty()) return;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bounds_of(segments, low, high);
  compare_iocb(record, low);
  // It may be carried out at once.
  if (reads(record)) share_buffers(low, high, Board::kHeld);
}

Story Oracles::story_of(const Record& request) const noexcept {
  const Board& board = *board_;
  Story story;
  story.request = request;
  story.stage = Stage::held;
  const std::uint64_t kept = std::min<std::uint64_t>(board.fault_count, Board::kRecent);
  for (std::uint64_t i = board.fault_count - kept; i < board.fault_count; ++i) {
    const Record& fault = board.faults[i % Board::kRecent];
    if (fault.serial == request.serial && fault.who.process == request.who.process) {
      story.add(fault);
    }
  }
  return story;
}

void Oracles::held(const Record& record, Segments segments) noexcept {
  Board& board = *board_;
  const std::size_t place = board.held.take();
  if (place == Board::kHeld) {
    ++board.unwatched;
    return;
  }
  HeldRequest& request = board.requests[place];
  request.story = story_of(record);
  board.serials[place] = record.serial;
  board.iocbs[place] = record.iocb;
  bounds_of(segments, board.lows[place], board.highs[place]);
  request.shared = lands_on(board.lows[place], board.highs[place]);
  request.sample.readable = false;
  if (board.choice.has(Oracle::buffer_ownership)) request.sample = take_sample(segments);
  compare_ranges(request.story, place);
}

// Is a read that has begun putting bytes there?
bool Oracles::lands_on(std::uint64_t low, std::uint64_t high) const noexcept {
  const Board& board = *board_;
  for (std::size_t i = board.held.next(0); i < Board::kHeld; i = board.held.next(i + 1)) {
    const Story& story = board.requests[i].story;
    const bool begun = story.stage == Stage::started && reads(story.request);
    if (begun && board.lows[i] < high && low < board.highs[i]) return true;
  }
  return false;
}

// Bytes of a read may come to lie in [low, high): what changes there is not the program's doing.
void Oracles::share_buffers(std::uint64_t low, std::uint64_t high, std::size_t but) noexcept {
  Board& board = *board_;
  for (std::size_t i = board.held.next(0); i < Board::kHeld; i = board.held.next(i + 1)) {
    if (i != but && board.lows[i] < high && low < board.highs[i]) board.requests[i].shared = true;
  }
}

// Two requests that do the same may well be told apart by nobody.
void Oracles::compare_iocb(const Record& record, std::uint64_t low) noexcept {
  Board& board = *board_;
  for (std::size_t i = board.held.next(0); i < Board::kHeld; i = board.held.next(i + 1)) {
    if (board.iocbs[i] != record.iocb) continue;
    const Record& first = board.requests[i].story.request;
    if (first.data != record.data || first.serial == record.serial) continue;
    const bool transfer = reads(record) || writes(record);
    const bool same = first.op == record.op && first.fd == record.fd &&
                      first.offset == record.offset && first.length == record.length &&
                      (!transfer || board.lows[i] == low);
    if (!same) find(finding_of(Oracle::iocb_reused, board.requests[i].story, record));
  }
}

void Oracles::compare_ranges(const Story& story, std::size_t place) noexcept {
  Board& board = *board_;
  if (!board.choice.has(Oracle::overlap)) return;
  const Record& record = story.request;
  for (std::size_t i = board.held.next(0); i < Board::kHeld; i = board.held.next(i + 1)) {
    const Record& other = board.requests[i].story.request;
    const bool conflict =
        (writes(record) && (reads(other) || writes(other))) || (reads(record) && writes(other));
    if (i == place || !conflict || !same_file(record, other)) continue;
    if (!overlap(range_of(record), range_of(other))) continue;
    find(finding_of(Oracle::overlap, story, other));
    return;
  }
}

void Oracles::started(const Record& record, Segments segments) noexcept {
  const std::size_t place = place_of(record.serial);
  if (place == Board::kHeld) return;
  HeldRequest& request = board_->requests[place];
  judge_buffer(place, record, segments);
  request.story.stage = Stage::started;
  if (reads(record)) share_buffers(board_->lows[place], board_->highs[place], place);
}

void Oracles::completed(const Record& record) noexcept {
  Board& board = *board_;
  const std::size_t place = place_of(record.serial);
  const bool watched = place != Board::kHeld;
  if (!watched && board.unwatched != 0) --board.unwatched;
  if (is_cut_short(record)) {
    Story story = watched ? board.requests[place].story : story_of(record);
    story.stage = Stage::completed;
    story.end_time = record.time;
    story.result = record.result;
    story.end_rule = record.rule;
    owe_rest(story);
  }
  if (watched) board.held.leave(place);
}

void Oracles::fault(const Record& record) noexcept {
  Board& board = *board_;
  const std::size_t place = record.serial == 0 ? Board::kHeld : place_of(record.serial);
  if (place != Board::kHeld) {
    board.requests[place].story.add(record);
    return;
  }
  board.faults[board.fault_count % Board::kRecent] = record;
  ++board.fault_count;
}

// ---- contexts, and the end ----

// What is in flight at a destroy is waited for: no harm. Its events are nobody's any more, and
// nobody can be blamed for those.
void Oracles::gone(const Record& record) noexcept {
  if (board_->excused != 0) return;
  const OracleChoice& choice = board_->choice;
  if (record.amount > 0 && choice.has(Oracle::unreaped_events)) {
    find(finding_of(Oracle::unreaped_events, Story{}, record));
  }
  if (record.event == Event::left && choice.has(Oracle::leaked_context)) {
    find(finding_of(Oracle::leaked_context, Story{}, record));
  }
}

void Oracles::ended() noexcept {
  Board& board = *board_;
  const bool excused = board.excused != 0;
  board.excused = 0;
  if (excused || board.ended != 0) return;
  for (std::size_t i = board.refused.next(0); i < Board::kOwed; i = board.refused.next(i + 1)) {
    find(finding_of(Oracle::dropped_iocb, board.refusals[i], Record{}));
  }
  for (std::size_t i = board.cut.next(0); i < Board::kOwed; i = board.cut.next(i + 1)) {
    find(finding_of(Oracle::short_not_continued, board.shorts[i], Record{}));
  }
  board.ended = 1;
}

void Oracles::hang(const Record& call) noexcept {
  if (board_ == nullptr || !board_->choice.has(Oracle::certain_hang)) return;
  const Writing writing(*board_);
  find(finding_of(Oracle::certain_hang, Story{}, call));
}

void Oracles::power_cut() noexcept {
  if (board_ == nullptr) return;
  {
    const Writing writing(*board_);
    board_->held = {};
    board_->refused = {};
    board_->cut = {};
    board_->unwatched = 0;
    board_->excused = 1;
  }
  want_what_matters();
}

void Oracles::find(const Finding& finding) noexcept {
  Board& board = *board_;
  if (!board.choice.has(finding.oracle)) return;
  std::uint64_t& count = board.counts[static_cast<std::size_t>(finding.oracle)];
  if (++count > Board::kFindingsOfOne || board.finding_count == Board::kFindings) return;
  board.findings[board.finding_count] = finding;
  ++board.finding_count;
}

// ---- buffers ----

namespace {

std::uint64_t total(std::span<const abi::Segment> segments) noexcept {
  std::uint64_t bytes = 0;
  for (const abi::Segment& segment : segments) bytes += segment.length;
  return bytes;
}

constexpr std::uint64_t kLine = 64;

// Which bytes the parts of a sample cover: all of a small buffer; of a large one its first and last
// line and some between; or, taken together, everything.
void part_of(std::size_t part, std::uint64_t bytes, bool whole, std::uint64_t& from,
             std::uint64_t& to) noexcept {
  constexpr std::uint64_t kParts = Sample::kParts;
  if (whole && bytes > kParts * kLine) {
    from = bytes / kParts * part;
    to = part + 1 == kParts ? bytes : bytes / kParts * (part + 1);
  } else if (bytes > kParts * kLine) {
    from = (bytes - kLine) / (kParts - 1) * part;
    if (part + 1 == kParts) from = bytes - kLine;
    to = from + kLine;
  } else {
    from = std::min(bytes, part * kLine);
    to = std::min(bytes, from + kLine);
  }
}

constexpr std::uint64_t kBasis = 0xcbf29ce484222325U;

std::uint64_t mix(std::uint64_t digest, std::uint64_t word) noexcept {
  return std::rotl((digest ^ word) * 0x9e3779b97f4a7c15U, 29);
}

std::uint64_t mix(std::uint64_t digest, const unsigned char* bytes, std::size_t size) noexcept {
  std::uint64_t word = 0;
  for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
    std::memcpy(&word, bytes, sizeof word);
    digest = mix(digest, word);
  }
  for (; size > 0; ++bytes, --size) digest = mix(digest, *bytes);
  return digest;
}

// Adds memory [address, address + size) to the digest. False when it cannot be read.
bool add(core::UserMemory& memory, std::uint64_t address, std::uint64_t size,
         std::uint64_t& digest) noexcept {
  std::array<unsigned char, 512> block;
  while (size != 0) {
    const std::size_t now = std::min<std::uint64_t>(size, block.size());
    if (!memory.read(block.data(), address, now)) return false;
    digest = mix(digest, block.data(), now);
    address += now;
    size -= now;
  }
  return true;
}

// The same for the bytes [from, to) of the buffer that the segments make up.
bool add(core::UserMemory& memory, std::span<const abi::Segment> segments, std::uint64_t from,
         std::uint64_t to, std::uint64_t& digest) noexcept {
  std::uint64_t begin = 0;
  for (const abi::Segment& segment : segments) {
    const std::uint64_t end = begin + segment.length;
    if (from < end && begin < to) {
      const std::uint64_t low = std::max(from, begin);
      const std::uint64_t high = std::min(to, end);
      if (!add(memory, segment.base + (low - begin), high - low, digest)) return false;
    }
    begin = end;
  }
  return true;
}

}  // namespace

Sample Oracles::take_sample(Segments segments) const noexcept {
  Sample sample{};
  const std::uint64_t bytes = total(segments);
  if (memory_ == nullptr || bytes == 0) return sample;
  sample.readable = true;
  for (std::size_t part = 0; part < Sample::kParts && sample.readable; ++part) {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    part_of(part, bytes, board_->choice.whole_buffers, from, to);
    sample.digests[part] = kBasis;
    sample.readable = add(*memory_, segments, from, to, sample.digests[part]);
  }
  return sample;
}

// The bytes are about to move: the buffer must be as it was when the request was submitted.
void Oracles::judge_buffer(std::size_t place, const Record& record, Segments segments) noexcept {
  const Board& board = *board_;
  const HeldRequest& request = board.requests[place];
  const bool judged = board.choice.has(Oracle::buffer_ownership) && request.sample.readable &&
                      request.story.stage == Stage::held;
  if (!judged) return;
  const Sample now = take_sample(segments);
  Finding finding = finding_of(Oracle::buffer_ownership, request.story, record);
  if (!now.readable) {
    finding.form = Form::unmapped;
    return find(finding);
  }
  if (request.shared || now.digests == request.sample.digests) return;
  finding.form = writes(record) ? Form::write_buffer_changed : Form::read_buffer_written;
  bool first = true;
  for (std::size_t part = 0; part < Sample::kParts; ++part) {
    if (now.digests[part] == request.sample.digests[part]) continue;
    std::uint64_t from = 0;
    part_of(part, total(segments), board.choice.whole_buffers, from, finding.high);
    if (first) finding.low = from;
    first = false;
  }
  find(finding);
}

}  // namespace aioemu::observe
