// The compression function of SHA-256.
#pragma once

#include <cstdint>

namespace strata::detail {

// Mixes 64 bytes into the eight words of a state (FIPS 180-4, 6.2.2). By the CPU's own instructions where it has them;
// with STRATA_ISA=baseline in the environment without them.
void sha256_block(std::uint32_t* state, const std::uint8_t* bytes) noexcept;

}  // namespace strata::detail
