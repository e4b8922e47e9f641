// Writes a Protobuf message as JSON the way the project's machine-readable outputs want it; the
// printer of Protobuf itself turns 64-bit integers into strings and names into camelCase.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace tessera {

// Fields in the order of their numbers under their own names; fields without presence are always
// written, others when set. Integers are numbers below 2^53 in magnitude and strings from there on.
// Doubles are the shortest text that reads back equal; one that is not finite is a broken
// invariant. Two spaces of indentation a level; ends with a newline.
std::string ProtoJson(const google::protobuf::Message& message);

}  // namespace tessera
