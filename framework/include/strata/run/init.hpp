// InitOptions: the list "init" of a recipe, by which a model begins with values of another (transfer learning).
#pragma once

#include <optional>
#include <string>

namespace strata {

// What becomes of a parameter that the source does not have.
enum class Missing { draw, error };
// How rows of embeddings and outputs are taken: as they are, or those of equal tokens.
enum class Rows { same, by_token };
// The rows of tokens that the source does not have.
enum class NewRows { mean, draw };

// A source of initial values.
struct InitOptions {
  std::string from, into;
  std::optional<std::string> part;
  Rows rows = Rows::same;
  NewRows new_rows = NewRows::mean;
  Missing missing = Missing::error;

  void visit(auto& option) {
    option("from", from, "run folder, checkpoint folder, folder of a published checkpoint, or safetensors file")
        .required();
    option("into", into, "path prefix of the parameters that get values (empty: all)");
    option("part", part, "path prefix of these parameters in the source (left out: `into`)");
    option("rows", rows,
           "rows of embeddings and outputs: same, or by_token, those of tokens that both vocabularies have",
           {{"same", Rows::same}, {"by_token", Rows::by_token}});
    option("new_rows", new_rows,
           "rows of tokens that only the new vocabulary has: the mean of the rows taken, or drawn",
           {{"mean", NewRows::mean}, {"draw", NewRows::draw}});
    option("missing", missing, "parameters that the source lacks: an error, or drawn",
           {{"error", Missing::error}, {"draw", Missing::draw}});
  }
};

}  // namespace strata
