#!/usr/bin/env bash
# Installs what building and testing Strata needs and this machine lacks: Debian 12+ and Ubuntu 24.04+. Elsewhere it
# says exactly what to install. Quick and silent when nothing is missing.
# usage: install-dependencies.sh [--ci]     (--ci adds what the checks need: clang 14, clang-tidy, clang-format, doxygen, ccache,
# libabigail, git)
set -euo pipefail

with_ci=false
case "${1-}" in
  '') ;;
  --ci) with_ci=true ;;
  *)
    echo "usage: $0 [--ci]" >&2
    exit 2
    ;;
esac

# What this system calls itself; empty where it does not say.
id='' release=0
if [ -r /etc/os-release ]; then
  id=$(. /etc/os-release && echo "${ID-}")
  release=$(. /etc/os-release && echo "${VERSION_ID-99}") # Debian testing and unstable carry no number
fi
at_least() { [ "$(printf '%s\n%s\n' "$1" "$release" | sort -V | head -n 1)" = "$1" ]; }

# --- Debian and Ubuntu: packages -------------------------------------------------------------------------------------

packages() {
  echo make # authors' plugins are built by CMake's default generator
  echo g++ cmake ninja-build pkg-config libfmt-dev libpcre2-dev libutf8proc-dev zlib1g-dev libdnnl-dev libsentencepiece-dev
  echo patchelf # for bundles
  echo ocl-icd-opencl-dev # the CMake file of libdnnl-dev looks for it
  if [ "$id" = debian ] && [ "$release" = 12 ]; then
    # The default there is 1.74, which has no CMake file for Boost.JSON.
    echo libboost1.81-dev libboost-json1.81-dev libboost-program-options1.81-dev libboost-test1.81-dev
  else
    echo libboost-dev libboost-json-dev libboost-program-options-dev libboost-test-dev
  fi
  $with_ci || return 0
  echo git ccache doxygen abigail-tools
  if [ "$id" = debian ] && ! [ "$release" = 12 ]; then
    echo clang clang-tidy clang-format
  else
    echo clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev
  fi
}

install_packages() {
  local missing=() package
  for package in $(packages); do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then missing+=("$package"); fi
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}")
  local root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      root=(sudo)
    else
      echo "install-dependencies: packages are missing and this user may not install them. As root, run:" >&2
      echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "install-dependencies: installing ${missing[*]}" >&2
  if ! { "${root[@]}" apt-get update -q && "${root[@]}" "${install[@]}" -q; } >&2 </dev/null; then
    echo "install-dependencies: apt-get failed (its words stand above); the packages are: ${missing[*]}" >&2
    exit 1
  fi
}

# --- elsewhere: look, and say ----------------------------------------------------------------------------------------

missing_elsewhere() {
  local tool header
  for tool in g++ cmake ninja make pkg-config; do
    command -v "$tool" >/dev/null || echo "$tool"
  done
  command -v g++ >/dev/null || return 0
  finds() { printf '%s\n' "$@" | g++ -std=c++20 -fsyntax-only -x c++ - >/dev/null 2>&1; }
  finds '#if __GNUC__ < 12' '#error' '#endif' || echo "g++ 12 or newer (or clang++ 14 or newer)"
  finds '#include <boost/version.hpp>' '#if BOOST_VERSION < 108100' '#error' '#endif' || echo "Boost 1.81 or newer, headers"
  for header in json/value program_options test/unit_test; do
    finds "#include <boost/$header.hpp>" || echo "Boost: the library and headers of boost/$header.hpp"
  done
  finds '#include <fmt/format.h>' || echo "fmt 9 or newer"
  finds '#define PCRE2_CODE_UNIT_WIDTH 8' '#include <pcre2.h>' || echo "PCRE2 (libpcre2-8)"
  finds '#include <utf8proc.h>' || echo "utf8proc"
  finds '#include <zlib.h>' || echo "zlib"
  finds '#include <dnnl.h>' || echo "oneDNN 2.6 or newer (dnnl)"
}

say_elsewhere() {
  local missing
  missing=$(missing_elsewhere)
  [ -n "$missing" ] || return 0
  {
    echo "install-dependencies: '${id:-this system} $release' is not Debian 12+ or Ubuntu 24.04+, so nothing is installed here."
    echo "Please install, and run this again:"
    printf '%s\n' "$missing" | sed 's/^/  - /'
    echo "Fedora: dnf install gcc-c++ cmake ninja-build make pkgconf-pkg-config boost-devel fmt-devel pcre2-devel utf8proc-devel zlib-devel onednn-devel"
    echo "Arch:   pacman -S gcc cmake ninja make pkgconf boost fmt pcre2 libutf8proc zlib onednn"
  } >&2
  exit 1
}

if { [ "$id" = debian ] && at_least 12; } || { [ "$id" = ubuntu ] && at_least 24.04; }; then
  install_packages
else
  say_elsewhere
fi
