// Classification of texts: many tokens to one label.
#include <strata/plugin.hpp>

#include "classifier.hpp"
#include "ngrams.hpp"

STRATA_PLUGIN("classify", "0.1.0", [](strata::Registry& r) {
  using namespace strata;
  r.add<Model, TextClassifier>("classifier", "body of a model that reads texts, pooling and head, for labels of texts",
                               {.feed = "rows"})
      .needs("model/lm");
  r.add<Model, BagOfNgrams>("bag_of_ngrams", "mean of vectors of words and runs of words (Joulin et al., 2017)",
                            {.feed = "rows"});
});
