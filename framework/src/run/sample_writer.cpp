// choose_sample_writer: by the verbs that fit a model.
#include "run/sample_writer.hpp"

#include <algorithm>
#include <utility>

#include "strata/plugin/registry.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/run/generate_run.hpp"
#include "strata/run/translate_run.hpp"

namespace strata::detail {

WriteSamples choose_sample_writer(const Recipe& recipe, const std::shared_ptr<Model>& model,
                                  const std::shared_ptr<const Feed>& feed, const Tokenizers& tokenizers) {
  const std::vector<std::string> verbs = answerers_of(*model, default_registry());
  const auto has = [&](const char* verb) { return std::find(verbs.begin(), verbs.end(), verb) != verbs.end(); };
  if (has("generate") && tokenizers.has("text")) {
    return [model, feed, tokenizers, seed = recipe.seed](const SampleOptions& options,
                                                         const std::vector<std::string>& inputs) {
      GenerateOptions generate;
      generate.max_tokens = options.length;
      generate.temperature = options.temperature;
      generate.top_k = options.top_k;
      generate.seed = seed;
      std::vector<std::string> out;
      TextWriter writer(*model, feed, tokenizers, generate);
      for (std::vector<Generation>& best : writer.generate(inputs)) out.push_back(std::move(best[0].text));
      return out;
    };
  }
  if (has("translate") && tokenizers.has("source") && tokenizers.has("target")) {
    return [model, tokenizers, decode = recipe.decode](const SampleOptions& options,
                                                       const std::vector<std::string>& inputs) {
      TranslateOptions translate;
      translate.decode = decode;
      translate.decode.n_best = 1;
      translate.decode.max_length_ratio = 0;
      translate.decode.max_length = options.length;
      translate.decode.min_length = std::min(decode.min_length, options.length);
      translate.long_lines = LongLines::cut;
      std::vector<std::string> out;
      Translator translator(*model, tokenizers, translate);
      for (std::vector<Translation>& best : translator.translate(inputs)) out.push_back(std::move(best[0].text));
      return out;
    };
  }
  return {};
}

}  // namespace strata::detail
