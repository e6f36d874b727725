# From the XML of abidw: size, bases, data members and virtual functions of every class of namespace strata, one line each,
# sorted by the caller. Read twice (awk -f layout.awk FILE FILE): types are named by number, and before they are defined.
function attribute(name,    at, rest) {
  at = index($0, " " name "='")
  if (at == 0) return ""
  rest = substr($0, at + length(name) + 3)
  return substr(rest, 1, index(rest, "'") - 1)
}
function plain(text) {
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&amp;/, "\\&", text)
  return text
}
# The name of a type, through pointers, references, const and typedefs, as deep as is useful.
function named(id, depth) {
  if (depth > 6) return "..."
  if (id in name_of) return name_of[id]
  if (id in points_to) return named(points_to[id], depth + 1) sign_of[id]
  return "?"
}
function scope(    text, i) {
  text = ""
  for (i = 1; i <= depth; ++i) if (names[i] != "") text = text (text == "" ? "" : "::") names[i]
  return text
}
function ours(path) { return path ~ /^strata(::|$)/ && path !~ /^strata::detail(::|$)/ && path !~ /</ }

FNR == 1 { ++pass; depth = 0 }
/<(namespace-decl|class-decl|union-decl|enum-decl) / {
  id = attribute("id")
  open = $0 !~ /\/>[ ]*$/
  ++depth
  names[depth] = plain(attribute("name"))
  if (pass == 1 && id != "" && !(id in name_of)) name_of[id] = scope()
  if (pass == 2 && ours(scope()) && $0 ~ /<(class|union)-decl / && attribute("size-in-bits") != "")
    print scope() " size " attribute("size-in-bits") / 8
  if (!open) --depth
}
/<\/(namespace-decl|class-decl|union-decl|enum-decl)>/ { --depth }
pass == 1 && /<type-decl / { name_of[attribute("id")] = attribute("name") }
pass == 1 && /<typedef-decl / { name_of[attribute("id")] = plain(attribute("name")) }
pass == 1 && /<pointer-type-def / { points_to[attribute("id")] = attribute("type-id"); sign_of[attribute("id")] = "*" }
pass == 1 && /<reference-type-def / { points_to[attribute("id")] = attribute("type-id"); sign_of[attribute("id")] = "&" }
pass == 1 && /<qualified-type-def / { points_to[attribute("id")] = attribute("type-id"); sign_of[attribute("id")] = " const" }
pass == 1 && /<array-type-def / { points_to[attribute("id")] = attribute("type-id"); sign_of[attribute("id")] = "[]" }
pass == 2 && /<base-class / && ours(scope()) {
  print scope() " base " named(attribute("type-id"), 0) " at " attribute("layout-offset-in-bits") / 8
}
pass == 2 && /<enumerator / && ours(scope()) { print scope() " value " attribute("name") " = " attribute("value") }
/<data-member / { offset = attribute("layout-offset-in-bits"); fixed = attribute("static") == "" }
pass == 2 && /<var-decl / && fixed && offset != "" && ours(scope()) {
  print scope() " member " attribute("name") " at " offset / 8 ", " named(attribute("type-id"), 0)
  offset = ""
}
/<member-function / { slot = attribute("vtable-offset") }
pass == 2 && /<function-decl / && slot != "" && ours(scope()) { printf "%s virtual %s %s\n", scope(), slot, attribute("mangled-name"); slot = "" }
