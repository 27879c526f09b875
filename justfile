# Recipes for people who have just; each is a deno task too.
deno := "npx -y deno@2.9.6"

# List the recipes.
default:
    @just --list

# Three real peers, a real download and install.
demo:
    {{deno}} task demo

# All tests.
test *args:
    {{deno}} task test {{args}}

# Figures and ratios.
bench *args:
    {{deno}} task bench {{args}}

# The program as one file for this machine, into dist/.
compile:
    {{deno}} task compile

# The same for Windows, Linux and macOS, with checksums.
dist:
    {{deno}} task dist

# Everything that has to hold before a commit: format, lint, types, arrows, tests, doc examples.
ready:
    {{deno}} task ok
