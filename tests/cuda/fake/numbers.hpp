// Numbers in the card's memory, read and written as float64, in each format that the libraries' calls name.
#pragma once

#include <cstddef>
#include <vector>

namespace fake {

enum class Format { f64, f32, f16, bf16 };
using Numbers = std::vector<double>;

// Bytes of a number.
constexpr std::size_t size_of(Format format) { return format == Format::f64 ? 8 : format == Format::f32 ? 4 : 2; }

// The nearest value of `bits` significant bits, none of them finer than 2^finest; ties to even.
double rounded(double x, int bits, int finest);

// Number i of `data`, exactly.
double read(const void* data, std::size_t i, Format format);
// x as number i of `data`: the nearest, ties to even; infinite where that is larger than all that are finite.
void write(void* data, std::size_t i, Format format, double x);

// The first `count` numbers; zeros where there is no data.
Numbers read_all(const void* data, std::size_t count, Format format);
// All of them, where there is data.
void write_all(void* data, const Numbers& all, Format format);

}  // namespace fake
