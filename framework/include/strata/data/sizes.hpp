// Sizes: what a model must know about its data before it declares its parameters.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/tensor/shape.hpp"

namespace strata {

// Sizes by name, which a feed gives: the number of ids of a vocabulary ("source": 8000), the number of classes
// ("label": 10), the extents of an image ("image": [1,28,28]).
class STRATA_API Sizes {
 public:
  // A name and its numbers.
  struct Size {
    std::string name;  // what the model asks for
    Shape extents;     // one number, or the extents of an image
  };

  Sizes() = default;                                           // no sizes
  Sizes(std::initializer_list<Size> sizes) : sizes_(sizes) {}  // sizes in this order

  // Adds a size or replaces it.
  void put(std::string name, const Shape& extents);
  // Returns a size of one number. Throws E_MODEL_COLUMN, with the names that there are, for an unknown name or a size
  // of several numbers.
  std::int64_t at(std::string_view name) const;
  // Returns the extents of a name. Throws E_MODEL_COLUMN, as above, for an unknown name.
  const Shape& shape(std::string_view name) const;
  bool has(std::string_view name) const noexcept;
  // All sizes, in the order in which they were added.
  const std::vector<Size>& all() const noexcept { return sizes_; }

 private:
  std::vector<Size> sizes_;
};

// Returns the sizes that the feed "pairs" gives for two vocabularies of these numbers of ids, specials included.
STRATA_API Sizes pair_sizes(std::int64_t source, std::int64_t target);

}  // namespace strata
