// What is no library for this machine at all.
#include <elf.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <string_view>

#include "host/kinds.hpp"

namespace host_test {
namespace {

void put(const std::string& file, std::string_view bytes) { strata::write_file(file, bytes); }

std::function<void(const std::string&, std::size_t)> text(std::string_view bytes) {
  return [bytes](const std::string& file, std::size_t) { put(file, bytes); };
}

// A good library with its ELF header changed.
std::function<void(const std::string&, std::size_t)> with_header(void (*change)(Elf64_Ehdr&)) {
  return [change](const std::string& file, std::size_t) {
    std::string bytes = strata::read_file(built("hello"));
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    change(header);
    std::memcpy(bytes.data(), &header, sizeof(header));
    put(file, bytes);
  };
}

// The tables are whole, the code is not: mapping it would work, touching it would end the process.
void segment_beyond_the_end(const std::string& file, std::size_t) {
  std::string bytes = strata::read_file(built("hello"));
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    char* place = bytes.data() + header.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment;
    std::memcpy(&segment, place, sizeof(segment));
    if (segment.p_type != PT_LOAD) continue;
    segment.p_filesz = bytes.size() - segment.p_offset + 1;
    std::memcpy(place, &segment, sizeof(segment));
    break;
  }
  put(file, bytes);
}

void fifo(const std::string& file, std::size_t) { BOOST_REQUIRE(mkfifo(file.c_str(), 0600) == 0); }

void local_socket(const std::string& file, std::size_t) {
  const int end = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  BOOST_REQUIRE(file.size() < sizeof(address.sun_path));
  std::memcpy(address.sun_path, file.c_str(), file.size() + 1);
  BOOST_REQUIRE(bind(end, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  close(end);
}

// Claims 1 TiB and holds nothing.
void all_hole(const std::string& file, std::size_t) {
  put(file, "\177ELF");
  fs::resize_file(file, std::uintmax_t{1} << 40U);
}

std::function<void(const std::string&, std::size_t)> link_to(const std::string& target) {
  return [target](const std::string& file, std::size_t) { fs::create_symlink(target, file); };
}

void unreadable(const std::string& file, std::size_t) {
  fs::copy_file(built("hello"), file);
  BOOST_REQUIRE(chmod(file.c_str(), 0) == 0);
}

// Root may read everything, so this becomes nobody for as long as it asks.
void load_as_nobody(Fresh& fresh, const std::string& file) {
  constexpr uid_t kNobody = 65534;
  struct Nobody {
    bool changed = geteuid() == 0 && seteuid(kNobody) == 0;
    ~Nobody() {
      if (changed && seteuid(0) != 0) std::abort();  // the tests that follow would mean something else
    }
  } const nobody;
  BOOST_REQUIRE(geteuid() != 0);
  fresh.host.load(file);
}

}  // namespace

std::vector<Kind> non_plugins() {
  const std::string none = "is no shared library", irregular = "is no regular file";
  const auto file_kind = [](const std::string& name, const std::string& says, auto make) {
    return Kind{name, "E_PLUGIN_FILE", says, make};
  };
  std::vector<Kind> out = {
      file_kind("text", none, text("#!/bin/sh\necho no\n")),
      file_kind("empty file", none, text("")),
      file_kind("only the front of an ELF file", "the header lies outside of its 7 bytes", text("\177ELF\2\1\1")),
      file_kind("no file", "No such file", [](const std::string&, std::size_t) {}),
      file_kind("dangling link", "No such file", link_to("nowhere.so")),
      file_kind("link to a device", irregular, link_to("/dev/zero")),
      file_kind("link in a circle", "Too many levels of symbolic links",
                [](const std::string& file, std::size_t) { fs::create_symlink(file, file); }),
      file_kind("folder", irregular, [](const std::string& file, std::size_t) { fs::create_directory(file); }),
      file_kind("FIFO", irregular, fifo),
      file_kind("socket", irregular, local_socket),
      file_kind("1 TiB of nothing", "has 1099511627776 bytes", all_hole),
      file_kind("32-bit ELF", "not a 64-bit library",
                with_header([](Elf64_Ehdr& h) { h.e_ident[EI_CLASS] = ELFCLASS32; })),
      file_kind("other byte order", "another byte order", with_header([](Elf64_Ehdr& h) { h.e_ident[EI_DATA] ^= 3U; })),
      file_kind("other machine", "for another machine: ELF number 8",
                with_header([](Elf64_Ehdr& h) { h.e_machine = EM_MIPS; })),
      file_kind("program", "but no shared library", with_header([](Elf64_Ehdr& h) { h.e_type = ET_EXEC; })),
      file_kind("object file", "but no shared library", with_header([](Elf64_Ehdr& h) { h.e_type = ET_REL; })),
      file_kind("odd tables", "unknown layout", with_header([](Elf64_Ehdr& h) { ++h.e_phentsize; })),
      file_kind("segment beyond the end", "a segment lies outside", segment_beyond_the_end),
  };
  Kind& closed = out.emplace_back(file_kind("unreadable", "Permission denied", unreadable));
  closed.attempt = load_as_nobody;
  return out;
}

}  // namespace host_test
