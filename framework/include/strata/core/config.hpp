// Config: a tree of JSON values. Each value remembers where it came from ("recipe.json:/train/lr", "--set train.lr").
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
  // The kind of a JSON value. A number is an `integer` when it is written with neither fraction nor exponent.
  enum class Kind { null, boolean, integer, real, string, array, object };
  using Items = std::vector<Config>;  // values of an array
  // The names and values of an object, in the order of the source.
  using Members = std::vector<std::pair<std::string, Config>>;

  Config() = default;
  // Values that the program makes; they have no place.
  Config(std::nullptr_t) {}
  Config(bool value) : value_(value) {}
  template <std::integral Integer>
  Config(Integer value) : value_(static_cast<std::int64_t>(value)) {}
  Config(double value) : value_(value) {}
  Config(const char* value) : value_(std::string(value)) {}
  Config(std::string_view value) : value_(std::string(value)) {}
  Config(std::string value) : value_(std::move(value)) {}
  // An array or object that the program makes; it has no place.
  static Config array(Items items = {});
  static Config object(Members members = {});

  // The kind of the value. is_number() is true for integers and reals.
  Kind kind() const noexcept { return static_cast<Kind>(value_.index()); }
  bool is_null() const noexcept { return kind() == Kind::null; }
  bool is_string() const noexcept { return kind() == Kind::string; }
  bool is_number() const noexcept { return kind() == Kind::integer || kind() == Kind::real; }
  bool is_array() const noexcept { return kind() == Kind::array; }
  bool is_object() const noexcept { return kind() == Kind::object; }
  // The kind in words, for error messages: "null", "true or false", "an integer", "a number", "a string", "a list" or
  // "an object".
  std::string_view kind_name() const noexcept;

  // The value in its type. They throw E_CONFIG_TYPE with the place when the value is of another kind; real() accepts
  // integers as well.
  bool boolean() const;
  std::int64_t integer() const;
  double real() const;
  const std::string& string() const;
  const Items& items() const;
  const Members& members() const;

  // The member of that name. When there is none, find() returns null and at() throws E_CONFIG_MISSING. Both throw
  // E_CONFIG_TYPE when this value is not an object.
  const Config* find(std::string_view name) const;
  const Config& at(std::string_view name) const;
  // The value at a path like "train.optimizer.lr", whose parts are member names and list indices; null when a part is
  // missing.
  const Config* find_path(std::string_view path) const;

  // The place of this value: "recipe.json:/train/lr" for a value that was read from recipe.json at the JSON pointer
  // /train/lr. It is empty for values that the program made.
  std::string place() const;
  // The place of a member, whether it exists or not: "recipe.json:/train/lr" for "lr" of the value at
  // "recipe.json:/train".
  std::string place_of(std::string_view name) const;
  // An empty object at the place that the member would have. It stands for a group of options that a recipe leaves out.
  Config empty_member(std::string_view name) const;
  // The source of this value, without the pointer: "recipe.json", "--set train.lr", "STRATA_TRAIN_LR", "default".
  std::string source() const;
  // Gives this value and everything below it places in `source`.
  void set_source(std::string_view source);

  // Adds or replaces a member; a null value becomes an object first. The places inside `value` do not change.
  void put(std::string_view name, Config value);
  // Adds an item at the end of an array; a null value becomes an array first. Throws E_CONFIG_TYPE for other kinds.
  void append(Config item);
  // Removes a member and returns true, or returns false when there is none. Throws E_CONFIG_TYPE when this value is not
  // an object.
  bool erase(std::string_view name);

  // Does what `--set path=text` asks for. The text becomes a JSON value when it parses as JSON, else a string. Missing
  // objects on the path are created; a list item is named by its index. When the "type" of a component changes, the
  // options of the old type that came from the same source are removed, because the new component does not know them,
  // and their names are logged. The place of the new value is `source`, or "--set PATH" when that is empty.
  void set(std::string_view path, std::string_view text, std::string_view source = {});

  // True when kinds and values are equal and members are in the same order. An integer never equals a real; places are
  // not compared.
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

// Returns a path with "$NAME" and "${NAME}" replaced by environment variables and "$$" by a dollar sign. Throws
// E_CONFIG_ENVIRONMENT at `place` when a variable is not set.
STRATA_API std::string expand_environment(std::string_view text, std::string_view place);

// Returns the known name that is most like a misspelt one by edit distance, or an empty string when none is alike.
// Dashes and underscores count as the same character.
STRATA_API std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace strata
