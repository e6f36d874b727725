// One instruction set's table, from the files that were compiled for it.
#include "simd.hpp"
#include "table.hpp"

#define STRATA_TEXT2(x) #x
#define STRATA_TEXT(x) STRATA_TEXT2(x)

namespace strata::onednn::STRATA_ISA {

void fill_elementwise(VectorTable& table);
void fill_reduce(VectorTable& table);
void fill_recurrent(VectorTable& table);
void fill_rows(VectorTable& table);
void fill_additive(VectorTable& table);
void fill_update(VectorTable& table);
void fill_pack(VectorTable& table);
void fill_panels(VectorTable& table);
void fill_random(VectorTable& table);
void fill_topk(VectorTable& table);
void fill_attention(VectorTable& table);
void fill_attention_cached(VectorTable& table);
void fill_dot(VectorTable& table);
void fill_gradient(VectorTable& table);
void fill_codes(VectorTable& table);
void fill_codes_product(VectorTable& table);

void fill(VectorTable& table) {
  table.isa = STRATA_TEXT(STRATA_ISA);
  fill_elementwise(table);
  fill_reduce(table);
  fill_recurrent(table);
  fill_rows(table);
  fill_additive(table);
  fill_update(table);
  fill_pack(table);
  fill_panels(table);
  fill_random(table);
  fill_topk(table);
  fill_attention(table);
  fill_attention_cached(table);
  fill_dot(table);
  fill_gradient(table);
  fill_codes(table);
  fill_codes_product(table);
}

}  // namespace strata::onednn::STRATA_ISA
