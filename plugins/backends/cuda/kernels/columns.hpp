// Sums over the rows of a matrix, column by column, in two steps of a fixed order: blocks of rows, then the blocks.
#pragma once

#include "kernels/pack.hpp"

namespace strata::cuda {

// How a matrix falls into pieces for teams: stripes of as many columns as a team has lanes, blocks of rows.
struct Stripes {
  std::int64_t rows, columns, stripes, blocks, block_rows;

  // Enough pieces for a large GPU, of at least 64 rows, or of 16 where there are few.
  static Stripes of(std::int64_t rows, std::int64_t columns) {
    const std::int64_t stripes = (columns + kLanes - 1) / kLanes;
    const auto blocks_of = [&](std::int64_t pieces, std::int64_t least) {
      const std::int64_t wanted = stripes > 0 ? (pieces + stripes - 1) / stripes : 1, most = (rows + least - 1) / least;
      return wanted < most ? wanted : most;
    };
    const std::int64_t large = blocks_of(1024, 64), small = blocks_of(256, 16);
    const std::int64_t more = large > small ? large : small, blocks = more > 0 ? more : 1;
    return {rows, columns, stripes, blocks, (rows + blocks - 1) / blocks};
  }
  std::int64_t pieces() const { return stripes * blocks; }
};

// sums[block, column] = the sum of source.at(row, source.column(column)) over a block's rows; C has +.
template <class C, class Source>
struct ColumnsKernel {
  Stripes shape;
  Source source;
  C* sums;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t piece, Team& team) const {
    const std::int64_t block = piece / shape.stripes, stripe = piece % shape.stripes;
    const std::int64_t first = block * shape.block_rows, behind = first + shape.block_rows;
    const std::int64_t last = behind < shape.rows ? behind : shape.rows;
    for (int past = 0; past < kLanes; past += team.lanes()) {  // once on a GPU
      const std::int64_t column = stripe * kLanes + past + team.lane();
      const bool inside = past + team.lane() < kLanes && column < shape.columns;
      C total{};
      if (inside) {
        const auto place = source.column(column);
        for (std::int64_t row = first + team.warp(); row < last; row += team.warps()) {
          total = total + source.at(row, place);
        }
      }
      total = team.down(total, Plus{});
      if (inside && team.warp() == 0) sums[block * shape.columns + column] = total;
    }
  }
};

// What `sums` of all blocks give.
template <class C, class Sink>
struct BlocksKernel {
  const C* sums;
  std::int64_t blocks, columns;
  Sink sink;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t stripe, Team& team) const {
    for (int past = 0; past < kLanes; past += team.lanes()) {
      const std::int64_t column = stripe * kLanes + past + team.lane();
      const bool inside = past + team.lane() < kLanes && column < columns;
      C total{};
      if (inside) {
        for (std::int64_t block = team.warp(); block < blocks; block += team.warps()) {
          total = total + sums[block * columns + column];
        }
      }
      total = team.down(total, Plus{});
      if (inside && team.warp() == 0) sink.put(column, total);
    }
  }
};

// sink.put(column, sum over rows of source.at(row, source.column(column))) for each column. Where a source gives packs,
// Values<C, N> for C, its columns are those of packs, each read once, and the sink's are all.
template <class C, class Value = C, class Source, class Sink>
void sum_columns(std::int64_t row_count, std::int64_t columns, const Source& source, const Sink& sink,
                 Workspace* workspace, void* stream, const char* what) {
  const Stripes shape = Stripes::of(row_count, columns);
  const std::int64_t all = columns * static_cast<std::int64_t>(sizeof(Value) / sizeof(C));
  C* const sums = workspace->take<C>(shape.blocks * all);
  rows(shape.pieces(), stream, what, ColumnsKernel<Value, Source>{shape, source, reinterpret_cast<Value*>(sums)});
  rows((all + kLanes - 1) / kLanes, stream, what, BlocksKernel<C, Sink>{sums, shape.blocks, all, sink});
}

}  // namespace strata::cuda
