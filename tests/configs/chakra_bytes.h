// Writes the bytes of Chakra traces by hand, so that a test does not trust the code that it tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace tessera {

inline std::string Varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(0x80 | (value & 0x7f)));
  out.push_back(static_cast<char>(value));
  return out;
}
inline std::string Key(int field, int wire_type) {
  return Varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire_type));
}
inline std::string Number(int field, uint64_t value) { return Key(field, 0) + Varint(value); }
inline std::string Text(int field, const std::string& text) {
  return Key(field, 2) + Varint(text.size()) + text;
}
// The number 1 in `bytes` bytes.
inline std::string Fixed(int field, int bytes) {
  std::string out(static_cast<size_t>(bytes), '\0');
  out[0] = 1;
  return Key(field, bytes == 4 ? 5 : 1) + out;
}
template <typename T>
std::string Raw(T value) {
  std::string out(sizeof(value), '\0');
  std::memcpy(out.data(), &value, sizeof(value));
  return out;
}
inline std::string Double(int field, double value) { return Key(field, 1) + Raw(value); }
inline std::string Float(int field, float value) { return Key(field, 5) + Raw(value); }
inline std::string Attribute(const std::string& name, const std::string& value) {
  return Text(10, Text(1, name) + value);
}
inline std::string Framed(const std::string& message) { return Varint(message.size()) + message; }

}  // namespace tessera
