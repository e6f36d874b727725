// The formats of the stand-ins (fake/numbers.hpp): words of 16 bits against the framework's own conversions, which go
// by float32, and what is written against its definition: the nearest of two neighbours, the even one of a tie.
#include <cmath>
#include <cstdint>
#include <cstring>

#include <boost/test/unit_test.hpp>

#include "cuda/fake/numbers.hpp"
#include "strata/device/dtype.hpp"

using fake::Format;

namespace {

constexpr std::uint32_t kWords = 1U << 16U;

double value_of(std::uint32_t word, Format format) {
  const auto bits = static_cast<std::uint16_t>(word);
  return fake::read(&bits, 0, format);
}
std::uint32_t word_of(double value, Format format) {
  std::uint16_t bits = 0;
  fake::write(&bits, 0, format, value);
  return bits;
}

template <class T>
double by_float(std::uint32_t word) {
  const auto bits = static_cast<std::uint16_t>(word);
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return static_cast<double>(static_cast<float>(value));
}

// Compares all words with what T reads, and writes them back.
template <class T>
void check_words(Format format) {
  int wrong = 0, nans = 0;
  for (std::uint32_t word = 0; word < kWords; ++word) {
    const double got = value_of(word, format), expected = by_float<T>(word);
    if (std::isnan(expected)) {
      ++nans;
      wrong += !std::isnan(got) || !std::isnan(value_of(word_of(got, format), format));
    } else {
      wrong += got != expected || std::signbit(got) != std::signbit(expected) || word_of(got, format) != word;
    }
  }
  BOOST_TEST(wrong == 0, wrong << " of " << kWords << " words");
  BOOST_TEST_MESSAGE(kWords << " words, " << nans << " of them NaN");
}

// Writes what lies between each two neighbours, the largest number and what would come next among them.
void check_ties(Format format, std::uint32_t infinity) {
  int wrong = 0;
  for (std::uint32_t low = 0; low < infinity; ++low) {
    const double below = value_of(low, format);
    const double above = low + 1 < infinity ? value_of(low + 1, format) : 2 * below - value_of(low - 1, format);
    const double middle = (below + above) / 2;  // exact: a bit more than they have
    const std::uint32_t even = low % 2 == 0 ? low : low + 1;
    for (const std::uint32_t sign : {0U, 0x8000U}) {
      const double factor = sign == 0 ? 1 : -1;
      wrong += word_of(factor * middle, format) != (sign | even);
      wrong += word_of(factor * std::nextafter(middle, below), format) != (sign | low);
      wrong += word_of(factor * std::nextafter(middle, above), format) != (sign | (low + 1));
    }
  }
  BOOST_TEST(wrong == 0, wrong << " of " << 6 * infinity << " numbers");
  BOOST_TEST_MESSAGE(6 * infinity << " numbers at and beside the middle of two");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_numbers)

BOOST_AUTO_TEST_CASE(every_word_of_16_bits) {
  check_words<strata::Float16>(Format::f16);
  check_words<strata::BFloat16>(Format::bf16);
}

BOOST_AUTO_TEST_CASE(to_the_nearest_even) {
  check_ties(Format::f16, 0x7C00);
  check_ties(Format::bf16, 0x7F80);
}

BOOST_AUTO_TEST_CASE(longer_words) {
  double wide[2];
  fake::write(wide, 1, Format::f64, 1 + 0x1p-52);
  BOOST_TEST(fake::read(wide, 1, Format::f64) == 1 + 0x1p-52);
  float single[2];
  const auto kept = [&](double x) {
    fake::write(single, 1, Format::f32, x);
    return fake::read(single, 1, Format::f32);
  };
  BOOST_TEST(kept(1 + 0x1p-24) == 1);
  BOOST_TEST(kept(1 + 0x1p-24 + 0x1p-52) == 1 + 0x1p-23);
  BOOST_TEST(kept(1 + 0x3p-24) == 1 + 0x1p-22);
}

BOOST_AUTO_TEST_SUITE_END()
