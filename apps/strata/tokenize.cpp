// strata tokenize: lines as a trained run's tokenizer cuts them, or back.
#include <sstream>

#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/error.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/run/read_tokenizers.hpp"
#include "strata/text/one_line.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct TokenizeOptions {
  std::string checkpoint = "best";
  std::string side = "source";
  bool ids = false, decode = false;
  void visit(auto& option) {
    option("checkpoint", checkpoint, "checkpoint of the run: best, latest or checkpoint-N");
    option("side", side, "name of the vocabulary whose tokenizer is used: source or target for pairs of texts");
    option("ids", ids, "token ids instead of tokens");
    option("decode", decode, "opposite direction: text from token ids");
  }
};

std::vector<std::int32_t> parse_ids(const std::string& text, const std::string& place) {
  std::vector<std::int32_t> ids;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    constexpr std::size_t kMostDigits = 9;  // fits an id
    if (word.size() > kMostDigits || word.find_first_not_of("0123456789") != std::string::npos) {
      throw Error("E_TOKENIZER_ID", place, "'" + printable(word, 40) + "' is no token number",
                  "--decode reads numbers, as --ids writes them");
    }
    ids.push_back(std::stoi(word));
  }
  return ids;
}

}  // namespace

int tokenize(const Arguments& words) {
  std::string run, input = "-";
  TokenizeOptions options;
  PluginOptions plugin_options;
  CommandLine line("tokenize", "Cuts lines into tokens with the tokenizer of a trained run.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.optional_argument("FILE", input, "text, one sentence a line (left out, or -: standard input)");
  line.options("Tokens", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const Tokenizers tokenizers = read_tokenizers(run, options.checkpoint, {default_registry(), &plugins});
  const Tokenizer& tokenizer = tokenizers[options.side];
  LineReader reader(input);
  for (std::string text; reader.next(text);) {
    std::string out;
    if (options.decode) {
      out = one_line(tokenizer.decode(parse_ids(text, reader.place())));
    } else {
      const std::vector<std::int32_t> ids = tokenizer.encode(text);
      const std::vector<std::string> pieces = tokenizer.pieces(ids);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        out += (i > 0 ? " " : "") + (options.ids ? std::to_string(ids[i]) : pieces[i]);
      }
    }
    write_out(out + "\n");
    if (reader.drained()) flush_out();  // whoever writes the next line may wait for this answer
  }
  return 0;
}

}  // namespace strata::app
