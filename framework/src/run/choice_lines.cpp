// ChoiceLines: a JSON object a line, with the members "prompt", "choices" and "answer".
#include "run/choice_lines.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

namespace strata::detail {
namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& field, const std::string& what) {
  throw Error("E_DATA_FIELD", place, "field \"" + field + "\": " + what,
              "a line is {\"prompt\": TEXT, \"choices\": [TEXT, TEXT, ...], \"answer\": INDEX or TEXT}");
}

const Config& member(const Config& object, const char* name, const std::string& place) {
  const Config* value = object.find(name);
  if (value == nullptr) refuse(place, name, "it is missing");
  return *value;
}

std::size_t answer_of(const Config& value, const std::vector<std::string>& choices, const std::string& place) {
  if (value.kind() == Config::Kind::integer) {
    const std::int64_t index = value.integer();
    if (index >= 0 && index < static_cast<std::int64_t>(choices.size())) return static_cast<std::size_t>(index);
    refuse(
        place, "answer",
        std::to_string(index) + " is no index of a choice (allowed: 0 to " + std::to_string(choices.size() - 1) + ")");
  }
  if (!value.is_string()) {
    refuse(place, "answer", "it is neither an index nor the text of a choice");
  }
  const auto same = std::count(choices.begin(), choices.end(), value.string());
  if (same == 1) {
    return static_cast<std::size_t>(std::find(choices.begin(), choices.end(), value.string()) - choices.begin());
  }
  refuse(place, "answer",
         "\"" + printable(value.string(), 60) + "\" is the text of " + std::to_string(same) + " of " +
             std::to_string(choices.size()) + " choices, not of one");
}

}  // namespace

bool ChoiceLines::next(Question& question) {
  std::string line;
  if (!reader_.next(line)) return false;
  question = {};
  question.place = reader_.place();
  const Config object = parse_json(line, question.place);
  if (!object.is_object()) refuse(question.place, "prompt", "the line is no JSON object");
  const Config& prompt = member(object, "prompt", question.place);
  if (!prompt.is_string()) refuse(question.place, "prompt", "it is no text");
  question.prompt = prompt.string();
  const Config& choices = member(object, "choices", question.place);
  if (!choices.is_array() || choices.items().size() < 2) {
    refuse(question.place, "choices", "it is no list of two texts or more");
  }
  for (const Config& one : choices.items()) {
    const std::string number = std::to_string(question.choices.size() + 1);
    if (!one.is_string()) {
      refuse(question.place, "choices", "number " + number + " is no text");
    }
    if (one.string().empty()) refuse(question.place, "choices", "number " + number + " is empty");
    question.choices.push_back(one.string());
  }
  question.answer = answer_of(member(object, "answer", question.place), question.choices, question.place);
  return true;
}

}  // namespace strata::detail
