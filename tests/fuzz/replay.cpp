// Runs every file of a corpus folder, whole and cut short, through a fuzz target: a corpus is a test of every build.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** words) {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(count == 2 ? words[1] : ".")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(file)), {});
    constexpr std::size_t kCuts = 50;
    for (std::size_t cut = 0; cut <= kCuts; ++cut) {
      const std::string bytes = whole.substr(0, whole.size() * cut / kCuts);  // a copy: reads past its end are seen
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++inputs;
    }
  }
  std::printf("%d inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
