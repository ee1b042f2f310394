#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "observe/lifelines.h"
#include "observe/timeline.h"

namespace aioemu::observe {
namespace {

using Json = nlohmann::ordered_json;
using Context = std::pair<std::uint64_t, std::uint64_t>;  // process, context

constexpr std::uint64_t kFirstLane = 1000;  // below: the threads

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

class Chrome {
 public:
  explicit Chrome(const Trace& trace) : trace_(trace) {}

  std::string draw() {
    for (const Lifeline& line : lifelines_of(trace_)) draw_request(line);
    for (const Record& record : trace_.records) draw_call(record);
    for (const Record& record : trace_.records) draw_other(record);
    for (const TraceMark& mark : trace_.marks) {
      events_.push_back({{"name", mark.text},
                         {"ph", "i"},
                         {"s", "g"},
                         {"ts", microseconds(mark.time)},
                         {"pid", 0},
                         {"tid", 0}});
    }
    const Json document = {{"displayTimeUnit", "ns"},
                           {"otherData",
                            {{"aioemu", trace_.header.aioemu},
                             {"seed", trace_.header.seed},
                             {"plan", trace_.header.plan}}},
                           {"traceEvents", events_}};
    return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  void name(const char* what, std::uint64_t group, std::uint64_t track, const std::string& text) {
    events_.push_back(
        {{"name", what}, {"ph", "M"}, {"pid", group}, {"tid", track}, {"args", {{"name", text}}}});
  }

  // The number of a context's group of tracks.
  std::uint64_t group_of(Context context) {
    const auto [place, is_new] = groups_.emplace(context, groups_.size() + 1);
    if (is_new) {
      name("process_name", place->second, 0,
           "process " + std::to_string(context.first) + ", ctx " +
               std::to_string(context.second + 1));
    }
    return place->second;
  }

  void name_track(std::uint64_t group, std::uint64_t track, const std::string& text) {
    if (named_.insert({{group, track}, true}).second) name("thread_name", group, track, text);
  }

  void span(const std::string& text, std::uint64_t begin, std::uint64_t end, std::uint64_t group,
            std::uint64_t track, Json arguments = nullptr) {
    Json event = {{"name", text},
                  {"ph", "X"},
                  {"ts", microseconds(begin)},
                  {"dur", microseconds(end - std::min(begin, end))},
                  {"pid", group},
                  {"tid", track}};
    if (!arguments.is_null()) event["args"] = std::move(arguments);
    events_.push_back(std::move(event));
  }

  void point(const std::string& text, std::uint64_t time, std::uint64_t group,
             std::uint64_t track) {
    events_.push_back({{"name", text},
                       {"ph", "i"},
                       {"s", "t"},
                       {"ts", microseconds(time)},
                       {"pid", group},
                       {"tid", track}});
  }

  // The first track on which nothing is under way at that time.
  std::uint64_t lane_for(const Lifeline& line) {
    std::vector<std::uint64_t>& busy = lanes_[{line.process(), line.context()}];
    std::size_t lane = 0;
    while (lane < busy.size() && busy[lane] > line.begin()) ++lane;
    if (lane == busy.size()) busy.push_back(0);
    busy[lane] = line.end() + 1;
    return kFirstLane + lane;
  }

  void draw_request(const Lifeline& line) {
    const std::uint64_t group = group_of({line.process(), line.context()});
    const std::uint64_t lane = lane_for(line);
    name_track(group, lane, "requests " + std::to_string(lane - kFirstLane + 1));
    const Record& request = line.request;
    span(description_of(request, trace_), line.begin(), line.end(), group, lane,
         {{"serial", request.serial}, {"fd", request.fd}, {"result", outcome_of(line)}});
    const std::uint64_t done = line.completed.value_or(line.end());
    const std::uint64_t moved = line.started.value_or(line.begin());
    if (line.started) span("held", line.begin(), moved, group, lane);
    if (line.completed) span("under way", moved, done, group, lane);
    if (line.reaped) span("unreaped", done, *line.reaped, group, lane);
    for (const std::size_t fault : line.faults) {
      const Record& record = trace_.records[fault];
      point("fault: " + fault_text(record, trace_), record.time, group, lane);
    }
  }

  void draw_call(const Record& record) {
    const bool begins = record.event == Event::submit || record.event == Event::wait;
    const bool ends = record.event == Event::submitted || record.event == Event::waited;
    if (!begins && !ends) return;
    std::uint64_t& since = calls_[{record.who.process, record.thread}];
    if (begins) {
      since = record.time;
      return;
    }
    const std::uint64_t group = group_of({record.who.process, record.who.context});
    const std::uint64_t track = record.thread + 1;
    name_track(group, track, "thread " + std::to_string(track));
    span(record.event == Event::submitted ? "io_submit" : "io_getevents", since, record.time, group,
         track, {{"result", record.result}});
  }

  // Faults that are about a call, and contexts that were left.
  void draw_other(const Record& record) {
    const bool is_fault = record.event == Event::fault && record.serial == 0;
    if (!is_fault && record.event != Event::left) return;
    const std::uint64_t group = group_of({record.who.process, record.who.context});
    const std::uint64_t track = record.thread + 1;
    name_track(group, track, "thread " + std::to_string(track));
    point(is_fault ? "fault: " + fault_text(record, trace_) : "left behind", record.time, group,
          track);
  }

  const Trace& trace_;
  Json events_ = Json::array();
  std::map<Context, std::uint64_t> groups_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, bool> named_;
  std::map<Context, std::vector<std::uint64_t>> lanes_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> calls_;
};

}  // namespace

std::string chrome_timeline(const Trace& trace) { return Chrome(trace).draw(); }

}  // namespace aioemu::observe
