// Jobs and words as JSON.
#include "check/apart_words.hpp"

#include "strata/core/json.hpp"

namespace strata::detail {
namespace {

std::vector<std::string> strings_of(const Config& list) {
  std::vector<std::string> out;
  for (const Config& item : list.items()) out.push_back(item.string());
  return out;
}

Config list_of(const std::vector<std::string>& strings) { return Config::array({strings.begin(), strings.end()}); }

}  // namespace

std::string text_of(const CheckJob& job) {
  return write_json(Config::object({{"file", job.file},
                                    {"component", job.component},
                                    {"spec", job.spec},
                                    {"options", dump_options(job.options)},
                                    {"folders", list_of(job.apart.folders)},
                                    {"files", list_of(job.apart.files)},
                                    {"done", list_of(job.done)},
                                    {"scratch", job.scratch}}),
                    0);
}

CheckJob check_job_of(const std::string& text) {
  const Config config = parse_json(text, "job");
  CheckJob job;
  job.file = config.at("file").string();
  job.component = config.at("component").string();
  job.spec = config.at("spec");
  job.spec.set_source("--options");
  job.options = parse_options<CheckOptions>(config.at("options"), &default_registry());
  job.apart.folders = strings_of(config.at("folders"));
  job.apart.files = strings_of(config.at("files"));
  job.done = strings_of(config.at("done"));
  job.scratch = config.at("scratch").string();
  return job;
}

std::string text_of(const CheckWord& word) {
  Config out = Config::object();
  if (!word.begins.empty()) out.put("begins", word.begins);
  if (word.row) {
    out.put("row", Config::object({{"property", word.row->property},
                                   {"verdict", static_cast<std::int64_t>(word.row->verdict)},
                                   {"detail", printable(word.row->detail, 4000)}}));
  }
  if (word.error) {
    out.put("error", Config::object({{"code", word.error->code()},
                                     {"place", printable(word.error->place(), 4000)},
                                     {"message", printable(word.error->message(), 4000)},
                                     {"hint", printable(word.error->hint(), 4000)}}));
  }
  out.put("done", word.done);
  std::string line = write_json(out, 0);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line + "\n";
}

CheckWord check_word_of(const std::string& line) {
  const Config config = parse_json(line, "word");
  CheckWord word;
  word.done = config.at("done").boolean();
  if (const Config* begins = config.find("begins")) word.begins = begins->string();
  if (const Config* row = config.find("row")) {
    const std::int64_t verdict = row->at("verdict").integer();
    if (verdict < 0 || verdict > static_cast<std::int64_t>(CheckRow::Verdict::measured)) {
      throw Error("E_CONFIG_RANGE", "verdict", std::to_string(verdict));
    }
    word.row =
        CheckRow{row->at("property").string(), static_cast<CheckRow::Verdict>(verdict), row->at("detail").string()};
  }
  if (const Config* fault = config.find("error")) {
    word.error = Error(fault->at("code").string(), fault->at("place").string(), fault->at("message").string(),
                       fault->at("hint").string());
  }
  return word;
}

}  // namespace strata::detail
