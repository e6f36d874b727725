// Every output that a table can give: the truth that searches are held against.
#pragma once

#include "table_generator.hpp"

namespace strata::test {

struct Scored {
  Ids ids;
  double score, log_probability;
  bool finished;
};

// Every output of up to `longest` tokens, best first.
inline std::vector<Scored> enumerate(const Table& table, const Ids& source, const DecodeOptions& options,
                                     std::int64_t vocabulary) {
  std::vector<Scored> out;
  const std::int64_t longest = options.longest(static_cast<std::int64_t>(source.size()));
  const std::function<void(const Ids&, double)> walk = [&](const Ids& prefix, double so_far) {
    const auto length = static_cast<std::int64_t>(prefix.size());
    if (length == longest) {
      out.push_back({prefix, options.normalised(so_far, length), so_far, false});
      return;
    }
    const auto p = log_softmax_of(table(source, prefix));
    if (length >= options.min_length) {
      const double end = so_far + p[kEnd];
      out.push_back({prefix, options.normalised(end, length + 1), end, true});
    }
    for (std::int64_t v = options.allow_unknown ? kUnk : kSpecials; v < vocabulary; ++v) {
      Ids next = prefix;
      next.push_back(v);
      walk(next, so_far + p[static_cast<std::size_t>(v)]);
    }
  };
  walk({}, 0);
  std::sort(out.begin(), out.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
  return out;
}

}  // namespace strata::test
