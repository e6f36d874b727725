// Bounds-checked reading of ELF64 (System V ABI, chapters 4 and 5). Every offset and count comes from outside.
#include "plugin/elf_file.hpp"

#include <elf.h>

#include <bit>
#include <cstring>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/sha256.hpp"

namespace strata::detail {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
constexpr std::uint16_t kMachine = EM_NONE;
#endif

}  // namespace

void ElfFile::damaged(const std::string& what) const {
  throw Error("E_PLUGIN_FILE", file_,
              "is damaged: " + what + " lies outside of its " + std::to_string(bytes_.size()) + " bytes",
              "build or copy it again");
}

std::string_view ElfFile::part(std::uint64_t offset, std::uint64_t size, const char* what) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) damaged(what);
  return bytes_.substr(offset, size);
}

template <class T>
T ElfFile::at(std::uint64_t offset, const char* what) const {
  T out;
  std::memcpy(&out, part(offset, sizeof(T), what).data(), sizeof(T));
  return out;
}

ElfFile::ElfFile(std::string_view bytes, std::string file) : bytes_(bytes), file_(std::move(file)) {
  const auto refuse = [&](const std::string& why) { throw Error("E_PLUGIN_FILE", file_, why, "a plugin is a .so"); };
  if (bytes_.substr(0, SELFMAG) != ELFMAG) refuse("is no shared library: it does not start as an ELF file does");
  const auto header = at<Elf64_Ehdr>(0, "the header");
  const bool little = std::endian::native == std::endian::little;
  if (header.e_ident[EI_CLASS] != ELFCLASS64) refuse("is not a 64-bit library");
  if (header.e_ident[EI_DATA] != (little ? ELFDATA2LSB : ELFDATA2MSB))
    refuse("has another byte order than this machine");
  if (header.e_machine != kMachine) {
    refuse("is for another machine: ELF number " + std::to_string(header.e_machine) + ", this is " +
           std::to_string(kMachine));
  }
  if (header.e_type != ET_DYN) refuse("is an ELF file, but no shared library");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || (header.e_shnum != 0 && header.e_shentsize != sizeof(Elf64_Shdr))) {
    refuse("has tables of an unknown layout");
  }
  part(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), "the program headers");
  part(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr), "the section headers");
  // The system's loader maps segments unseen: one that is cut off would end the process when it is touched.
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr), "a program header");
    if (segment.p_type == PT_LOAD) part(segment.p_offset, segment.p_filesz, "a segment");
  }
}

std::string_view ElfFile::loaded(const Symbol& symbol) const {
  const auto header = at<Elf64_Ehdr>(0, "the header");
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr), "a program header");
    if (segment.p_type != PT_LOAD || symbol.address < segment.p_vaddr) continue;
    const std::uint64_t inside = symbol.address - segment.p_vaddr;
    if (inside > segment.p_memsz || symbol.size > segment.p_memsz - inside) continue;
    if (inside >= segment.p_filesz) {
      throw Error("E_PLUGIN_SYMBOL", file_, std::string(symbol.name) + " is all zeros",
                  "STRATA_PLUGIN(name, version, register) at the end of one source makes it");
    }
    if (symbol.size > segment.p_filesz - inside) continue;
    if (segment.p_offset > UINT64_MAX - inside) damaged("a segment");
    return part(segment.p_offset + inside, symbol.size, "a symbol's data");
  }
  damaged("a symbol's data");
}

ElfFile::Table ElfFile::table(std::uint32_t type, const char* what) const {
  const auto header = at<Elf64_Ehdr>(0, "the header");
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto section = at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr), "a section header");
    if (section.sh_type != type) continue;
    if (section.sh_link >= header.e_shnum) damaged("the names' section");
    const auto strings =
        at<Elf64_Shdr>(header.e_shoff + std::uint64_t{section.sh_link} * sizeof(Elf64_Shdr), "a section header");
    return {part(section.sh_offset, section.sh_size, what), part(strings.sh_offset, strings.sh_size, "names")};
  }
  return {};
}

std::string_view ElfFile::name_at(std::string_view names, std::uint64_t offset) const {
  if (offset >= names.size()) damaged("a name");
  const std::string_view rest = names.substr(offset);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) damaged("a name");
  return rest.substr(0, end);
}

std::vector<ElfFile::Symbol> ElfFile::symbols() const {
  const Table table = this->table(SHT_DYNSYM, "the symbol table");
  std::vector<Symbol> symbols;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Sym) <= table.entries.size(); offset += sizeof(Elf64_Sym)) {
    Elf64_Sym entry;
    std::memcpy(&entry, table.entries.data() + offset, sizeof(entry));
    const unsigned binding = ELF64_ST_BIND(entry.st_info), visibility = ELF64_ST_VISIBILITY(entry.st_other);
    Symbol symbol;
    symbol.name = name_at(table.names, entry.st_name);
    symbol.address = entry.st_value;
    symbol.size = entry.st_size;
    symbol.defined = entry.st_shndx != SHN_UNDEF;
    symbol.data = ELF64_ST_TYPE(entry.st_info) == STT_OBJECT;
    symbol.local = binding == STB_LOCAL || visibility == STV_HIDDEN || visibility == STV_INTERNAL;
    symbol.unique = binding == STB_GNU_UNIQUE;
    symbols.push_back(symbol);
  }
  return symbols;
}

std::string_view ElfFile::symbol(std::string_view name) const {
  for (const Symbol& each : symbols()) {
    if (each.defined && each.data && each.name == name) return loaded(each);
  }
  return {};
}

ElfFile::Dynamic ElfFile::dynamic() const {
  const Table table = this->table(SHT_DYNAMIC, "the dynamic section");
  Dynamic out;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Dyn) <= table.entries.size(); offset += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    std::memcpy(&entry, table.entries.data() + offset, sizeof(entry));
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_RPATH && entry.d_tag != DT_RUNPATH) continue;
    const std::string_view text = name_at(table.names, entry.d_un.d_val);
    if (entry.d_tag == DT_NEEDED) out.needed.emplace_back(text);
    if (entry.d_tag == DT_RPATH) out.rpath = text;
    if (entry.d_tag == DT_RUNPATH) out.runpath = text;
  }
  return out;
}

std::string ElfFile::checksum() const {
  Sha256 sum;
  const auto add = [&](std::string_view bytes) {
    const std::uint64_t size = bytes.size();
    sum.update(&size, sizeof(size));
    sum.update(bytes.data(), bytes.size());
  };
  const auto header = at<Elf64_Ehdr>(0, "the header");
  const auto section_at = [&](std::uint64_t i) {
    return at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr), "a section header");
  };
  add(part(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), "the program headers"));
  std::uint64_t names = header.e_shnum;  // the section with the search paths in it
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    if (const auto section = section_at(i); section.sh_type == SHT_DYNAMIC) names = section.sh_link;
  }
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto section = section_at(i);
    const bool apart = section.sh_type == SHT_DYNAMIC || i == names;
    if (apart || (section.sh_flags & SHF_ALLOC) == 0 || section.sh_type == SHT_NOBITS) continue;
    add(part(section.sh_offset, section.sh_size, "a section"));
  }
  for (const Symbol& symbol : symbols()) add(symbol.name);
  for (const std::string& needed : dynamic().needed) add(needed);
  const std::string_view entries = table(SHT_DYNAMIC, "the dynamic section").entries;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Dyn) <= entries.size(); offset += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    std::memcpy(&entry, entries.data() + offset, sizeof(entry));
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag != DT_RPATH && entry.d_tag != DT_RUNPATH) add(entries.substr(offset, sizeof(entry)));
  }
  return sum.hex();
}

}  // namespace strata::detail
