// Config: one JSON value tree that remembers where each part came from ("recipe.json:/train/lr", "--set train.lr").
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

class STRATA_API Config {
 public:
  // Of a JSON value; a number is `integer` when it has neither fraction nor exponent.
  enum class Kind { null, boolean, integer, real, string, array, object };
  using Items = std::vector<Config>;                            // of an array
  using Members = std::vector<std::pair<std::string, Config>>;  // in the order of the source

  Config() = default;
  // A value made by the program, without a place.
  Config(std::nullptr_t) {}
  Config(bool value) : value_(value) {}
  template <std::integral Integer>
  Config(Integer value) : value_(static_cast<std::int64_t>(value)) {}
  Config(double value) : value_(value) {}
  Config(const char* value) : value_(std::string(value)) {}
  Config(std::string_view value) : value_(std::string(value)) {}
  Config(std::string value) : value_(std::move(value)) {}
  // An array or object made by the program.
  static Config array(Items items = {});
  static Config object(Members members = {});

  // What the value is; a number is an integer or a real.
  Kind kind() const noexcept { return static_cast<Kind>(value_.index()); }
  bool is_null() const noexcept { return kind() == Kind::null; }
  bool is_string() const noexcept { return kind() == Kind::string; }
  bool is_number() const noexcept { return kind() == Kind::integer || kind() == Kind::real; }
  bool is_array() const noexcept { return kind() == Kind::array; }
  bool is_object() const noexcept { return kind() == Kind::object; }
  // "null", "true or false", "an integer", "a number", "a string", "a list", "an object": for messages.
  std::string_view kind_name() const noexcept;

  // Typed reads throw E_CONFIG_TYPE with the place. real() takes integers as well.
  bool boolean() const;
  std::int64_t integer() const;
  double real() const;
  const std::string& string() const;
  const Items& items() const;
  const Members& members() const;

  // Member by name, or null; at() throws E_CONFIG_MISSING. Both throw E_CONFIG_TYPE on what is not an object.
  const Config* find(std::string_view name) const;
  const Config& at(std::string_view name) const;
  // "train.optimizer.lr", through objects and list indices; null when any part is missing.
  const Config* find_path(std::string_view path) const;

  // What came from the source "recipe.json" at the pointer /train/lr has the place "recipe.json:/train/lr"; empty for
  // values made by the program.
  std::string place() const;
  // Place of a member that this value has or lacks: "recipe.json:/train" + "lr".
  std::string place_of(std::string_view name) const;
  // An empty object with the place that the member would have: for groups that are left out.
  Config empty_member(std::string_view name) const;
  // The source alone: "recipe.json", "--set train.lr", "STRATA_TRAIN_LR", "default".
  std::string source() const;
  // Gives this value and everything below it the places of `source`.
  void set_source(std::string_view source);

  // Adds or replaces a member; null becomes an object first. Value and places below it are taken as they are.
  void put(std::string_view name, Config value);
  // Adds an item at the end; null becomes an array first. E_CONFIG_TYPE on what is neither.
  void append(Config item);
  // Removes a member; false when there is none. E_CONFIG_TYPE on what is not an object.
  bool erase(std::string_view name);

  // `--set path=text`: the text is JSON when it parses as JSON, else a string; missing objects are created; list items
  // by index. Setting `.type` of a component to another name drops the options that stood beside the old type in the
  // same source, as the new component would not know them, and logs their names. Place: source, or "--set PATH".
  void set(std::string_view path, std::string_view text, std::string_view source = {});

  // Same kinds and values (an integer equals no real), members in the same order; places do not count.
  bool operator==(const Config& other) const;

 private:
  friend class JsonReader;
  void place_below(std::string_view base);
  void set_place(std::shared_ptr<const std::string> base, std::int64_t index);

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Items, Members> value_;
  // The place is *base_ plus "/index_" for a list's item (one string for all items), *base_ alone otherwise.
  std::shared_ptr<const std::string> base_;
  std::int64_t index_ = -1;
};

// "$NAME" and "${NAME}" replaced by the environment ("$$" is a dollar sign); E_CONFIG_ENVIRONMENT at `place` when a
// variable is not set. For strings that are paths.
STRATA_API std::string expand_environment(std::string_view text, std::string_view place);

// The known name nearest to a misspelt one, or empty when none is near (edit distance, dashes equal underscores).
STRATA_API std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace strata
