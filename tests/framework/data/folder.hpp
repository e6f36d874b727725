// A fresh folder for a test's files, removed afterwards; and a check that some code throws one exact Error.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "strata/core/error.hpp"

namespace strata_test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "strata-test-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  std::string path_;
};

// `place` is the whole place; `part` must occur in the message or the hint.
template <typename Run>
void check_error(Run&& run, std::string_view code, std::string_view place, std::string_view part) {
  try {
    run();
    BOOST_ERROR("nothing was thrown, expected " << code);
  } catch (const strata::Error& error) {
    BOOST_TEST(error.code() == code);
    BOOST_TEST(error.place() == place);
    BOOST_TEST((error.message() + " (" + error.hint() + ")").find(part) != std::string::npos,
               "'" << part << "' is not in: " << error.what());
  }
}

}  // namespace strata_test
