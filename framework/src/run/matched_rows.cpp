// matched_rows: a vocabulary that is longer by one token shows which parameters have a row for each.
#include "run/matched_rows.hpp"

#include <algorithm>
#include <map>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {
namespace {

// A tokenizer with one more token than another, from which a feed learns sizes and no more.
class Longer final : public Tokenizer {
 public:
  explicit Longer(const Tokenizer& like) : like_(like), vocabulary_(Vocabulary::empty()) {
    const Vocabulary& words = like.vocabulary();
    for (std::int32_t id = 0; id < words.size(); ++id) vocabulary_.add_bytes(words.token(id));
    std::string more = "more";
    while (vocabulary_.find(more) >= 0) more += "+";
    vocabulary_.add(more);
    vocabulary_.set_specials(words.specials());
  }
  bool joint() const override { return like_.joint(); }
  void train(const LineSource& /*lines*/) override {}
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  std::vector<std::int32_t> encode(std::string_view text) const override { return like_.encode(text); }
  std::string decode(const std::vector<std::int32_t>& ids) const override { return like_.decode(ids); }
  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    return like_.save(folder, prefix);
  }
  void load(const std::string& folder, const std::string& /*prefix*/) override {
    throw Error("E_INTERNAL", folder, "a tokenizer for sizes alone was loaded");
  }

 private:
  const Tokenizer& like_;
  Vocabulary vocabulary_;
};

// The parameters whose axis 0 grows with the vocabulary of `tokenizer`.
std::vector<std::string> parameters_of(const NewModel& now, const std::shared_ptr<Tokenizer>& tokenizer) {
  Feed::Facts facts = now.facts;
  facts.split.clear();
  facts.tokenizers = {};
  const auto longer = std::make_shared<Longer>(*tokenizer);
  for (const Tokenizers::Named& one : now.facts.tokenizers.all()) {
    facts.tokenizers.add(one.name, one.tokenizer == tokenizer ? longer : one.tokenizer);
  }
  const std::shared_ptr<Feed> feed = now.recipe.feed.make(facts);
  const std::shared_ptr<Model> model =
      now.recipe.model.make({in_plugin("sizes()", *feed, [&] { return feed->sizes(); })});
  std::map<std::string, Shape> before;
  for (const NamedParameter& one : now.model.saved()) before[one.name] = one.parameter.shape();
  std::vector<std::string> names;
  for (const NamedParameter& one : model->saved()) {
    const auto found = before.find(one.name);
    const Shape& shape = one.parameter.shape();
    if (found != before.end() && shape.rank() > 0 && shape[0] == found->second[0] + 1) names.push_back(one.name);
  }
  return names;
}

const Tokenizer& tokenizer_for(const std::string& name, const Tokenizers& source, const InitOptions& options) {
  if (source.has(name)) return source[name];
  if (!source.empty() && (source.all().size() == 1 || source.joint())) return *source.all().front().tokenizer;
  std::string names;
  for (const Tokenizers::Named& one : source.all()) names += (names.empty() ? "" : ", ") + one.name;
  throw Error("E_CONFIG_RANGE", "init.rows",
              printable(options.from) + " has no vocabulary \"" + name + "\" for rows by token",
              names.empty() ? "it has no vocabulary" : "it has: " + names);
}

}  // namespace

std::vector<std::int64_t> same_tokens(const Vocabulary& now, const Vocabulary& source) {
  std::vector<std::int64_t> from(static_cast<std::size_t>(now.size()), -1);
  for (std::int32_t id = 0; id < now.size(); ++id) {
    const std::int32_t found = source.find(now.token(id));
    if (found >= 0 && now.is_special(id) == source.is_special(found)) from[static_cast<std::size_t>(id)] = found;
  }
  const Specials &mine = now.specials(), &theirs = source.specials();
  const auto same = [&](std::int32_t id, std::int32_t theirs_id) {
    if (id >= 0 && theirs_id >= 0) from[static_cast<std::size_t>(id)] = theirs_id;
  };
  same(mine.classify, theirs.classify);
  same(mine.separator, theirs.separator);
  same(mine.mask, theirs.mask);
  same(mine.pad, theirs.pad);
  same(mine.unknown, theirs.unknown);
  same(mine.start, theirs.start);
  same(mine.end(), theirs.end());
  for (const auto& [name, id] : mine.control) {
    const auto found = theirs.control.find(name);
    if (found != theirs.control.end()) same(id, found->second);
  }
  return from;
}

std::vector<MatchedRows> matched_rows(const NewModel& now, const Tokenizers& source, const InitOptions& options) {
  std::vector<MatchedRows> all;
  std::vector<Tokenizer*> seen;
  for (const Tokenizers::Named& one : now.facts.tokenizers.all()) {
    if (std::find(seen.begin(), seen.end(), one.tokenizer.get()) != seen.end()) continue;
    seen.push_back(one.tokenizer.get());
    MatchedRows rows{one.name, parameters_of(now, one.tokenizer), {}, 0};
    if (rows.parameters.empty()) continue;
    const Vocabulary& theirs = tokenizer_for(one.name, source, options).vocabulary();
    rows.match.source_rows = theirs.size();
    rows.match.from = same_tokens(one.tokenizer->vocabulary(), theirs);
    rows.match.mean = options.new_rows == NewRows::mean;
    rows.shared =
        std::count_if(rows.match.from.begin(), rows.match.from.end(), [](std::int64_t id) { return id >= 0; });
    all.push_back(std::move(rows));
  }
  return all;
}

}  // namespace strata::detail
