# Turns the plain comments of a header into those that Doxygen reads; the line numbers stay. The conventions:
#   - the block at the top of a file describes the file;
#   - a block directly above a declaration describes it, and those below it without a blank line between that have no
#     words of their own; a comment behind a declaration describes that one, and may go on in the next lines;
#   - a class without words of its own that the file's block begins with ("Batcher: which pairs ...") has those;
#   - an option without words of its own has the help text that `visit` gives it.
# What a name means wherever it stands (kRole, nested Facts, visit) is said here once: standing_words.
# Comments in function bodies, between parameters and behind closing braces stay what they are.

{ line[NR] = $0 }

END {
  collect_help()
  kind[0] = "namespace"
  file = FILENAME
  sub(/.*\/include\//, "", file)
  for (at = 1; at <= NR; ++at) {
    text = line[at]
    if (pending == "" && declares() && text ~ /^[ \t]*$/) {
      close_block()
      paragraph[level] = ""
      print ""
    } else if (pending == "" && declares() && text ~ /^[ \t]*\/\//) {
      block[++block_size] = text
    } else if (text ~ /^[ \t]*#/) {
      directive()
    } else if (pending == "" && declares() && text ~ /^ *(public|protected|private):/) {
      close_block()
      paragraph[level] = ""
      print text
    } else {
      code_line()
    }
  }
  close_block()
}

function declares() { return kind[level] != "body" }

# --- comments --------------------------------------------------------------------------------------------------------

# Nothing of the text is a command or a tag to Doxygen; `code` is set as code.
function escaped(words,    parts, count, i, out) {
  gsub(/&/, "\\&amp;", words)
  gsub(/</, "\\&lt;", words)
  gsub(/>/, "\\&gt;", words)
  gsub(/"/, "\\&quot;", words)
  gsub(/[\\@#%]/, "\\\\&", words)
  gsub(/--/, "\\--", words)
  gsub(/file:/, "file<b></b>:", words) # or it is taken for an address
  gsub(/eq\. /, "eq.\\ ", words)       # or a sentence ends there
  gsub(/\*\//, "* /", words)
  count = split(words, parts, "`")
  out = parts[1]
  for (i = 2; i <= count; ++i) {
    if (i % 2 == 0 && i < count) out = out "<code>" parts[i] "</code>"
    else out = out (i % 2 == 0 ? "`" : "") parts[i]
  }
  return out
}

# The block as shown[1..block_size]: what is indented is set as it stands.
function show_block(    i, words, indented, inside) {
  inside = 0
  for (i = 1; i <= block_size; ++i) {
    words = block[i]
    sub(/^[ \t]*\/\/ ?/, "", words)
    indented = words ~ /^  / || (inside && words == "" && i < block_size && block[i + 1] ~ /^[ \t]*\/\/   /)
    shown[i] = escaped(words)
    if (indented && !inside) shown[i] = "<pre>" shown[i]
    if (!indented && inside) shown[i - 1] = shown[i - 1] "</pre>"
    inside = indented
  }
  if (inside) shown[block_size] = shown[block_size] "</pre>"
}

# The block as one line, to be said again.
function block_in_one(    i, out, inside) {
  out = shown[1]
  inside = shown[1] ~ /<pre>/ && shown[1] !~ /<\/pre>/
  for (i = 2; i <= block_size; ++i) {
    out = out (inside ? "<br>" : " ") (shown[i] == "" && !inside ? "<p>" : shown[i])
    if (shown[i] ~ /<pre>/) inside = 1
    if (shown[i] ~ /<\/pre>/) inside = 0
  }
  return out
}

# A block that stands for itself: the file's, at its top, or words on what follows, which stay with the file.
function close_block(    i) {
  if (block_size == 0) return
  show_block()
  if (file_words == "") {
    file_words = block_in_one()
    file_subjects = file_words
    gsub(/&lt;[A-Za-z]+&gt;|,/, " ", file_subjects)
    file_subjects = file_subjects ~ /^[A-Za-z ]+:/ ? " " substr(file_subjects, 1, index(file_subjects, ":") - 1) " " : ""
  }
  for (i = 1; i <= block_size; ++i) {
    print (i == 1 ? "/** @file " file " " : "") shown[i] (i == block_size ? " */" : "")
  }
  block_size = 0
}

# --- declarations ----------------------------------------------------------------------------------------------------

# Prints the declaration whose lines are buffered, with its words in front.
function finish(    i, own) {
  own = block_size > 0
  if (own) {
    show_block()
    paragraph[home] = block_in_one()
    for (i = 1; i <= block_size; ++i) print (i == 1 ? "/** " : "") shown[i] (i == block_size && trailing == "" ? " */" : "")
  }
  if (own && trailing != "") printf " %s */ ", escaped(trailing) # closes what the block began
  if (buffered == 1) split_variables(own)
  else print (own ? "" : commented(variable(head))) buffer[1]
  for (i = 2; i <= buffered; ++i) print buffer[i]
  block_size = buffered = 0
  head = trailing = ""
}

# The comment of a declaration without a block of its own; `name` if it is a variable.
function commented(name,    words, helped) {
  if (head ~ /^ *(namespace|friend|static_assert|(class|struct) +[A-Za-z_]+;)/) return "" # declares nothing new
  helped = help[owner[home], name]
  words = escaped(trailing)
  if (helped != "" && index(helped, words)) words = helped
  if (words == "") words = standing_words(name)
  if (words == "" && head !~ /= delete|^ *(virtual )?~/) words = paragraph[home]
  return words == "" ? "" : "/** " words " */ "
}

# What the framework means by a name, wherever it stands.
function standing_words(name,    words) {
  if (head ~ /void visit\(auto&/) return "Names every option with its default, range and help (core/options.hpp)."
  if (name == "kRole") return "Name of the role, as recipes and the registry use it (plugin/role.hpp)."
  if (name == "value" && head ~ /static constexpr/) return "What the trait says of this type."
  words = head
  sub(/^ *template *<[^<>]*> *(requires +requires )?/, "", words)
  if (words !~ /^ *(class|struct) /) return ""
  sub(/ *(final *)?(:.*)?;?$/, "", words)
  sub(/.* /, "", words)
  if (kind[home] == "class") {
    if (words == "Facts") return "What the host tells a component of this role when it makes one (plugin/role.hpp)."
    if (words == "Traits") return "What a component of this role declares when it registers (plugin/role.hpp)."
    if (words == "Options") return "Options of the component (core/options.hpp)."
  }
  return index(file_subjects, " " words " ") ? file_words : ""
}

# The name of a member variable, or "".
function variable(words) {
  sub(/[ ]*[={;].*/, "", words)
  if (words ~ /[()]/) return ""
  sub(/.*[ *&]/, "", words)
  return words
}

# `double low, high;  // words` declares each by itself, so that each has the words.
function split_variables(own,    parts, count, i, c, depth, type, name) {
  count = 1
  parts[1] = ""
  depth = 0
  for (i = 1; i <= length(buffer[1]); ++i) {
    c = substr(buffer[1], i, 1)
    if (c ~ /[<{(]/) ++depth
    if (c ~ /[>})]/) --depth
    if (c == "," && depth == 0) parts[++count] = ""
    else parts[count] = parts[count] c
  }
  if (count == 1 || kind[home] == "enum" || head ~ /\(/ || head !~ /; *$/) {
    print (own ? "" : commented(variable(head))) buffer[1]
    return
  }
  name = variable(parts[1])
  type = parts[1]
  sub(/[ ]*[={;].*/, "", type)
  type = substr(type, 1, length(type) - length(name))
  for (i = 1; i <= count; ++i) {
    printf "%s%s%s%s", own && i == 1 ? "" : commented(variable(parts[i])), i == 1 ? "" : type, parts[i], i < count ? ";" : "\n"
  }
}

function directive(    i) {
  if (pending != "") {
    buffer[++buffered] = text
    return
  }
  if (text ~ /^#define/ && block_size > 0) {
    show_block()
    for (i = 1; i <= block_size; ++i) print (i == 1 ? "/** " : "") shown[i] (i == block_size ? " */" : "")
    block_size = 0
  }
  close_block()
  print text
  while (text ~ /\\$/) {
    text = line[++at]
    print text
  }
}

# One line of code: follows braces to know what is a declaration, and where it ends.
function code_line(    i, c, column, opened, ended, rest, comment) {
  if (buffered == 0) home = level
  opened = ended = 0
  comment = ""
  column = 0
  for (i = 1; i <= length(text); ++i) {
    c = substr(text, i, 1)
    if (c == "\"" || (c == "'" && substr(text, i - 1, 1) !~ /[0-9A-Fa-f]/)) {
      rest = i
      while (++i <= length(text) && substr(text, i, 1) != c) {
        if (substr(text, i, 1) == "\\") ++i
      }
      take(substr(text, rest, i - rest + 1))
      continue
    }
    if (c == "/" && substr(text, i + 1, 1) == "/") {
      comment = substr(text, i + 2)
      column = i
      break
    }
    if (c == "(" || c == "[") ++parens
    if (c == ")" || c == "]") --parens
    if (parens > 0 && (c == "{" || c == "}")) c = " "
    if (c == "{") {
      if (open_scope()) opened = 1
      continue
    }
    if (c == "}") {
      --level
      if (kind[level + 1] != "body") {
        pending = ""
        continue
      }
      rest = substr(text, i + 1)
      if (declares() && requires_at != level && rest !~ /^ *[,;{]/) {
        pending = ""
        ended = 1
      }
      if (requires_at == level) requires_at = -1
      continue
    }
    take(c)
    if (declares() && parens == 0 && (c == ";" || (c == "," && kind[level] == "enum"))) {
      if (pending ~ /[^ \t;]/) ended = 1
      pending = ""
    }
  }
  if (kind[level] == "enum" && parens == 0 && pending ~ /[^ \t]/) {
    pending = ""
    ended = 1
  }
  if (pending ~ /^[ \t;]*$/) pending = ""
  buffer[++buffered] = column ? substr(text, 1, column - 1) : text
  sub(/[ \t]+$/, "", buffer[buffered])
  if (column && (opened || ended) && declares()) {
    trailing = comment
    sub(/^ /, "", trailing)
    while (at < NR && match(line[at + 1], /^[ \t]*\/\//) && RLENGTH == column + 1) {
      text = line[++at]
      sub(/^[ \t]*\/\/ */, "", text)
      trailing = trailing " " text
      after = after "\n"
    }
  }
  if (opened || ended) {
    finish()
  } else if (declares() && pending == "") { # closing braces
    close_block()
    for (i = 1; i <= buffered; ++i) print buffer[i]
    buffered = 0
    head = ""
  }
  printf "%s", after
  after = ""
}

function take(words) {
  if (!declares()) return
  pending = pending words
  head = head words
}

# Enters a brace; true when it is that of a class, an enumeration or a namespace.
function open_scope(    words, found) {
  if (!declares()) {
    kind[++level] = "body"
    return 0
  }
  words = pending
  sub(/^.*requires +requires *$/, "requires", words)
  if (words == "requires") {
    requires_at = level
    kind[++level] = "body"
    return 0
  }
  sub(/^[ \t]*template *<[^<>]*>[ \t]*(requires +requires )?/, "", words)
  found = "body"
  if (words ~ /(^|[ \t])namespace([ \t]|$)/) found = "namespace"
  else if (words ~ /(^|[ \t])enum[ \t]/) found = "enum"
  else if (words !~ /[()=]/ && words ~ /(^|[ \t>])(class|struct|union)[ \t]/) found = "class"
  kind[++level] = found
  paragraph[level] = ""
  if (found == "body") return 0
  sub(/[ \t]*(final[ \t]*)?(:.*)?$/, "", words)
  sub(/.*[ \t]/, "", words)
  owner[level] = words
  pending = ""
  return 1
}

# --- options ---------------------------------------------------------------------------------------------------------

# help[struct, member] from option("name", member, "help")...; in `visit`.
function collect_help(    i, struct_name, words, statement, member, limits) {
  for (i = 1; i <= NR; ++i) {
    words = line[i]
    if (words ~ /^ *(struct|class) [^;]*\{/) {
      sub(/ *(: public.*|final *)?\{.*/, "", words)
      sub(/.* /, "", words)
      struct_name = words
    }
    if (line[i] !~ /^ *option\("/) continue
    statement = line[i]
    while (statement !~ /; *$/ && i < NR) {
      words = line[++i]
      sub(/^ +/, words ~ /^ *\./ ? "" : " ", words)
      statement = statement words
    }
    if (!match(statement, /", [a-z_0-9]+, *"/)) continue
    member = substr(statement, RSTART + 3, RLENGTH - 4)
    sub(/, *$/, "", member)
    words = substr(statement, RSTART + RLENGTH)
    gsub(/\\"/, "\001", words)
    limits = words
    sub(/".*/, "", words)
    gsub(/\001/, "\"", words)
    sub(/^[^"]*"/, "", limits)
    limits = match(limits, /\)?\.(range|min|max|above|below|required|one_of)\(.*\);/) ? substr(limits, RSTART, RLENGTH - 1) : ""
    sub(/^\)/, "", limits)
    help[struct_name, member] = escaped(words (limits == "" ? "" : " (`" limits "`)"))
  }
}
