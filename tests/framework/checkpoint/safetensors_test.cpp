// Safetensors: a golden file written by hand, round trips of all types, and hostile headers.
#include "strata/checkpoint/safetensors.hpp"

#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "strata/core/file.hpp"
#include "strata/ops/shape.hpp"
#include "throws.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

std::string with_length(const std::string& header, const std::string& values, std::uint64_t claimed) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(claimed >> (8 * i));
  return out + header + values;
}

std::string with_length(const std::string& header, const std::string& values) {
  return with_length(header, values, header.size());
}

// Opening `bytes` throws `code`, and its line holds `text`.
void check_refused(const std::string& bytes, const std::string& code, const std::string& text) {
  const Folder folder;
  const std::string path = folder.write("x.safetensors", bytes);
  strata::test::check_throws([&] { SafetensorsFile file(path); }, code, path, text);
}

std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"x":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(safetensors)

BOOST_AUTO_TEST_CASE(the_written_bytes_are_those_of_the_format) {
  const Folder folder;
  const std::string path = folder.path("golden.safetensors");
  // As the format's description lays them out: f32 before u8, header padded with blanks to a multiple of 8.
  write_safetensors(path,
                    std::vector<NamedTensor>{{"b", Tensor::from(std::vector<std::uint8_t>{7}, {1})},
                                             {"a", Tensor::from(std::vector<float>{1.0F, -2.0F}, {2, 1})}},
                    {{"format", "pt"}});
  std::string header =
      R"({"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}, )"
      R"("b": {"dtype": "U8", "shape": [1], "data_offsets": [8, 9]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  const std::string values("\x00\x00\x80\x3f\x00\x00\x00\xc0\x07", 9);
  BOOST_TEST(printable(read_file(path), 400) == printable(with_length(header, values), 400));
}

BOOST_AUTO_TEST_CASE(all_types_come_back) {
  const Folder folder;
  const std::string path = folder.path("all.safetensors");
  std::vector<NamedTensor> tensors;
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i8,
                            DType::u8, DType::boolean}) {
    tensors.push_back({std::string("t.") + name_of(dtype), Tensor::full({3, 1}, 1, dtype)});
    tensors.push_back({std::string("none.") + name_of(dtype), Tensor::zeros({0, 4}, dtype)});
  }
  tensors.push_back({"scalar", Tensor::scalar(-0.1, DType::f64)});
  const Tensor square = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  tensors.push_back({"turned", transpose(square)});  // strided: written dense
  write_safetensors(path, tensors);
  const SafetensorsFile file(path);
  BOOST_TEST(file.entries().size() == tensors.size());
  for (const NamedTensor& one : tensors) {
    const auto* entry = file.find(one.name);
    BOOST_REQUIRE(entry != nullptr);
    BOOST_TEST(entry->begin % size_of(entry->dtype) == 0U);
    const Tensor again = file.read(*entry);
    BOOST_TEST((again.dtype() == one.value.dtype()));
    BOOST_TEST((again.shape() == one.value.shape()));
    BOOST_TEST(again.to_doubles() == one.value.to_doubles(), boost::test_tools::per_element());
  }
  BOOST_TEST(file.find("t.f3") == nullptr);
}

BOOST_AUTO_TEST_CASE(headers_that_lie_about_lengths) {
  check_refused("", "E_CHECKPOINT_HEADER", "has 0 bytes");
  check_refused("1234567", "E_CHECKPOINT_HEADER", "has 7 bytes");
  check_refused(with_length("{}", "", 3), "E_CHECKPOINT_HEADER", "claims 3 bytes, 2 follow");
  check_refused(with_length("{}", "", ~std::uint64_t{0}), "E_CHECKPOINT_HEADER", "claims 18446744073709551615");
  const std::string huge = with_length("{}", std::string(std::size_t{17} << 20U, ' '), std::uint64_t{17} << 20U);
  check_refused(huge, "E_CHECKPOINT_HEADER", "at most 16777216 are read");
}

BOOST_AUTO_TEST_CASE(headers_that_are_no_proper_json) {
  for (const char* header :
       {"", "{", "[]", "{}x", "\xff", R"({"x":1})", R"({"x":{}})", "null", R"({"__metadata__":[]})",
        R"({"__metadata__":{"a":1}})", R"({"x":{"dtype":"F32","shape":[1]}})"}) {
    check_refused(with_length(header, ""), "E_CHECKPOINT_HEADER", "");
  }
  check_refused(with_length(one("F32", "[1]", "[0]"), "1234"), "E_CHECKPOINT_HEADER", "two data_offsets");
  check_refused(with_length(one("F32", "[-1]", "[0,4]"), "1234"), "E_CHECKPOINT_HEADER", "not a count");
  check_refused(with_length(one("F32", "[1.0]", "[0,4]"), "1234"), "E_CHECKPOINT_HEADER", "not a count");
  check_refused(with_length(one("F32", "[18446744073709551616]", "[0,4]"), "1234"), "E_CHECKPOINT_HEADER", "");
  check_refused(
      with_length(
          R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
          "12"),
      "E_CHECKPOINT_DUPLICATE", "x");
  check_refused(with_length(std::string(1000, '[') + std::string(1000, ']'), ""), "E_CHECKPOINT_HEADER", "");
}

BOOST_AUTO_TEST_CASE(types_shapes_and_offsets_that_cannot_be) {
  check_refused(with_length(one("F8_E4M3", "[1]", "[0,1]"), "1"), "E_CHECKPOINT_DTYPE", "F8_E4M3");
  check_refused(with_length(one("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "1234"), "E_CHECKPOINT_SHAPE", "9 axes");
  check_refused(with_length(one("F32", "[4611686018427387904,4]", "[0,4]"), "1234"), "E_CHECKPOINT_SHAPE", "larger");
  check_refused(with_length(one("F32", "[0,4611686018427387904,4]", "[0,0]"), ""), "E_CHECKPOINT_SHAPE", "larger");
  check_refused(with_length(one("F32", "[1]", "[0,5]"), "1234"), "E_CHECKPOINT_OFFSETS", "[0, 5) of 4 bytes");
  check_refused(with_length(one("F32", "[1]", "[4,0]"), "1234"), "E_CHECKPOINT_OFFSETS", "[4, 0)");
  check_refused(with_length(one("F32", "[1]", "[0,3]"), "123"), "E_CHECKPOINT_OFFSETS", "takes 4");
  check_refused(with_length(one("F32", "[1]", "[9223372036854775804,9223372036854775807]"), "1234"),
                "E_CHECKPOINT_OFFSETS", "of 4 bytes");
  check_refused(with_length(one("F32", "[1]", "[0,4]"), "12345"), "E_CHECKPOINT_OFFSETS", "1 bytes are left over");
  check_refused(with_length(one("F32", "[1]", "[1,5]"), "12345"), "E_CHECKPOINT_OFFSETS", "starts at byte 1");
  const std::string two =
      R"({"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":)";
  check_refused(with_length(two + "[1,3]}}", "123"), "E_CHECKPOINT_OFFSETS", "inside the one before it");
  check_refused(with_length(two + "[3,5]}}", "12345"), "E_CHECKPOINT_OFFSETS", "the one before it ends at 2");
  check_refused(with_length("{}", "1"), "E_CHECKPOINT_OFFSETS", "1 bytes are left over");
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_good_file_is_refused) {
  const Folder folder;
  const std::string path = folder.path("whole.safetensors");
  write_safetensors(path,
                    std::vector<NamedTensor>{{"a", Tensor::full({5}, 3)}, {"b", Tensor::full({2, 2}, 4, DType::bf16)}});
  const std::string whole = read_file(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = folder.write("cut.safetensors", whole.substr(0, size));
    BOOST_CHECK_THROW(SafetensorsFile file(cut), Error);
  }
  strata::test::check_throws([&] { SafetensorsFile file(folder.path("none")); }, "E_IO_MISSING", folder.path("none"));
  strata::test::check_throws([&] { SafetensorsFile file(folder.path()); }, "E_IO_FOLDER", folder.path());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_bool_become_one) {
  const Folder folder;
  const std::string path = folder.write("x", with_length(one("BOOL", "[2]", "[0,2]"), std::string("\x00\x02", 2)));
  const SafetensorsFile file(path);
  const Tensor read = file.read(file.entries()[0]);
  BOOST_TEST(static_cast<int>(static_cast<const unsigned char*>(read.view().data)[1]) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
