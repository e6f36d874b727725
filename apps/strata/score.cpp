// strata score: BLEU and chrF of a file of hypotheses against its references.
#include "strata/score/bleu.hpp"

#include "command_line.hpp"
#include "output.hpp"
#include "strata/core/json.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/score/chrf.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct ScoreOptions {
  BleuTokenize tokenize = BleuTokenize::mteval13a;
  bool lowercase = false, json = false;
  void visit(auto& option) {
    option("tokenize", tokenize, "rule by which BLEU cuts lines into words",
           {{"13a", BleuTokenize::mteval13a},
            {"intl", BleuTokenize::intl},
            {"none", BleuTokenize::none},
            {"char", BleuTokenize::characters}});
    option("lowercase", lowercase, "comparison of both files in lower case");
    option("json", json, "one JSON object per metric, with the fields metric, score and signature");
  }
};

std::vector<std::string> read_lines(const std::string& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  return lines;
}

}  // namespace

int score(const Arguments& words) {
  std::string hypotheses, reference;
  std::vector<std::string> more;
  ScoreOptions options;
  CommandLine line("score",
                   "Prints BLEU and chrF of the outputs in HYP. Line N of HYP and of REF are the same sentence.");
  line.argument("HYP", hypotheses, "file of outputs (-: standard input)");
  line.argument("REF", reference, "file of references");
  line.arguments("MORE", more, "files with further references, which count in addition to REF");
  line.options("Scoring", options);
  if (!line.parse(words)) return 0;

  const std::vector<std::string> outputs = read_lines(hypotheses);
  std::vector<std::vector<std::string>> references = {read_lines(reference)};
  for (const std::string& file : more) references.push_back(read_lines(file));
  const Bleu bleu = corpus_bleu(outputs, references, {.tokenize = options.tokenize, .lowercase = options.lowercase});
  const Chrf chrf = corpus_chrf(outputs, references, {.lowercase = options.lowercase});

  const auto print = [&](const std::string& name, double score, const std::string& signature,
                         const std::string& details) {
    if (options.json) {
      write_out(write_json(Config::object({{"metric", name}, {"score", score}, {"signature", signature}}), 0) + "\n");
    } else {
      write_out(name + "|" + signature + " = " + rounded(score) + details + "\n");
    }
  };
  print("BLEU", bleu.score().score, bleu.signature(), " " + bleu.score().details());
  print(chrf.name(), chrf.score(), chrf.signature(), "");
  return 0;
}

}  // namespace strata::app
