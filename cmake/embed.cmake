# cmake -DINPUT=file -DOUTPUT=file.cc -DSYMBOL=Name -P embed.cmake: the bytes of a file as a function
# tessera::Name() that returns them.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"absl/strings/string_view.h\"

namespace tessera {
namespace {
constexpr unsigned char kBytes[] = {
${bytes}};
}  // namespace

absl::string_view ${SYMBOL}();
absl::string_view ${SYMBOL}() { return {reinterpret_cast<const char*>(kBytes), sizeof(kBytes)}; }

}  // namespace tessera
")
