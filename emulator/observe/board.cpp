#include "observe/board.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>

namespace aioemu::observe {
namespace {

// The same oracle's findings in order, at most so many as a board keeps.
void add_debts(Tale& tale, Oracle oracle, const Places<Board::kOwed>& places,
               const std::array<Story, Board::kOwed>& stories) {
  std::uint64_t& count = tale.counts[static_cast<std::size_t>(oracle)];
  for (std::size_t i = places.next(0); i < Board::kOwed; i = places.next(i + 1)) {
    if (++count > Board::kFindingsOfOne) continue;
    Finding finding;
    finding.oracle = oracle;
    finding.story = stories[i];
    tale.findings.push_back(finding);
  }
}

Tale read_once(const Board& board, bool over) {
  Tale tale;
  tale.watched = board.watched != 0;
  tale.counts = board.counts;
  const auto kept = std::min<std::size_t>(board.finding_count, Board::kFindings);
  tale.findings.assign(board.findings.begin(),
                       board.findings.begin() + static_cast<std::ptrdiff_t>(kept));
  for (std::size_t i = board.held.next(0); i < Board::kHeld; i = board.held.next(i + 1)) {
    tale.in_flight.push_back(board.requests[i].story);
  }
  tale.unwatched = board.unwatched;
  if (over && board.ended == 0) {
    add_debts(tale, Oracle::dropped_iocb, board.refused, board.refusals);
    add_debts(tale, Oracle::short_not_continued, board.cut, board.shorts);
  }
  tale.forgotten = std::accumulate(board.forgotten.begin(), board.forgotten.end(), tale.forgotten);
  return tale;
}

}  // namespace

void FreeBoard::operator()(Board* board) const noexcept { std::free(board); }

OwnBoard make_board() {
  void* const zeroes = std::calloc(1, sizeof(Board));
  if (zeroes == nullptr) throw std::bad_alloc();
  return OwnBoard(static_cast<Board*>(zeroes));
}

void clear(Board& board) noexcept { std::memset(static_cast<void*>(&board), 0, sizeof board); }

std::uint64_t Tale::count() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

// A writer that was killed in the middle leaves the turn odd for ever.
Tale read(const Board& board, bool over) {
  constexpr int kAttempts = 100;
  Tale tale;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint32_t before = board.turn.load(std::memory_order_acquire);
    tale = read_once(board, over);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && board.turn.load(std::memory_order_relaxed) == before) break;
  }
  std::sort(tale.in_flight.begin(), tale.in_flight.end(), [](const Story& one, const Story& other) {
    return one.request.serial < other.request.serial;
  });
  return tale;
}

}  // namespace aioemu::observe
