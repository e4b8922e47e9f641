// Transcendental functions whose last bit is the same on every x86-64 machine and in every build.
// The C library's change it with the CPU's instruction set, so they may not lie on a path that
// reaches a result; these use only IEEE additions, multiplications and divisions in a fixed order
// (the build forbids fused multiply-add contraction). Square roots, floor, ceil and absolute
// values are exact in IEEE arithmetic: take those from <cmath>.
//
// Errors are in units in the last place (ulp) of the exact result, measured over millions of
// arguments by tests/core/math_test.cc. Arguments that are not numbers give NaN.
// Whole-number arithmetic (CeilDiv, FloorLog2, ...) is in core/integer.h.
#pragma once

namespace tessera {

// Within 0.75 ulp (1.5 where the result is subnormal); infinity above 709.78, 0 below -745.13.
double Exp(double x);

// Natural logarithm, within 1 ulp; -infinity at 0, NaN below.
double Log(double x);

// Within 2 ulp, exact at powers of two; -infinity at 0, NaN below.
double Log2(double x);

// base^exponent for base >= 0 (NaN below), within 0.75 ulp (1.5 where the result is subnormal), so
// exact where the result is a representable whole number, such as 10^k. Pow(0, y) is 0 for y > 0,
// infinity for y < 0; Pow(x, 0) and Pow(1, y) are 1.
double Pow(double base, double exponent);

}  // namespace tessera
