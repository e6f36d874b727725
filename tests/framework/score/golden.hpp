// Reads the golden files of tests/golden/score (see make.py there).
#pragma once

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace golden {

inline std::vector<std::vector<std::string>> rows(const std::string& name) {
  std::ifstream file(STRATA_SOURCE_DIR "/tests/golden/score/" + name, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.is_open(), "golden file " << name << " opens");
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(file, line);) {
    out.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, '\t');) out.back().push_back(field);
    if (!line.empty() && line.back() == '\t') out.back().emplace_back();
  }
  return out;
}

inline std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    out += next == 't' ? '\t' : next == 'n' ? '\n' : next == 'r' ? '\r' : next;
  }
  return out;
}

struct Lines {
  std::vector<std::string> hypotheses, references;

  Lines() {
    for (const auto& row : rows("lines.tsv")) {
      hypotheses.push_back(unescaped(row.at(0)));
      references.push_back(unescaped(row.at(1)));
    }
    BOOST_REQUIRE_EQUAL(hypotheses.size(), 1000U);
  }

  // The references of line i, of which the second is that of the line before.
  std::vector<std::string> of(std::size_t i, std::size_t count) const {
    std::vector<std::string> out{references[i]};
    if (count > 1) out.push_back(references[i == 0 ? references.size() - 1 : i - 1]);
    return out;
  }
};

// One row of scores.tsv.
struct Case {
  std::string metric, setting, expected;
  std::size_t first, count, references;

  explicit Case(const std::vector<std::string>& row)
      : metric(row.at(0)),
        setting(row.at(1)),
        expected(row.at(5)),
        first(std::stoul(row[2])),
        count(std::stoul(row[3])),
        references(std::stoul(row[4])) {}

  // Of "tok:13a,lc:1", the value of "lc"; empty where it has none.
  std::string option(const std::string& name) const {
    const std::string all = "," + setting + ",";
    const std::size_t at = all.find("," + name + ":");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 2;
    return all.substr(begin, all.find(',', begin) - begin);
  }
};

}  // namespace golden
