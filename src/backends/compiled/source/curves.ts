/** Functions of one number in float32, written so that compilers make vectors of them. */

/** Numbers of activations, for kernels that end with one. */
export const activationCodes: { readonly [name: string]: number | undefined } = {
  gelu: 1,
  gelu_tanh: 2,
  relu: 3,
}

export const curves = `
INLINE float bits_as_float(int32_t i) { union { int32_t i; float f; } u; u.i = i; return u.f; }
INLINE int32_t float_as_bits(float f) { union { float f; int32_t i; } u; u.f = f; return u.i; }

/* x where all bits of 'live' are set, 0 where none is: a choice in C would become a branch around what makes x, and the loop no vectors. */
INLINE float where(float x, int32_t live) { return bits_as_float(float_as_bits(x) & live); }

INLINE float choose(float x, float y, int32_t first) { return bits_as_float((float_as_bits(x) & first) | (float_as_bits(y) & ~first)); }

/* exp(x) by powers of two and a polynomial on the rest (S. Moshier's Cephes, expf): two units in the last place. Between -87 and 88; what lies beyond is moved there, NaN stays. */
INLINE float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float magic = 12582912.0f;
  const float shifted = x * 1.44269504088896341f + magic;
  const float n = shifted - magic;
  x = x - n * 0.693359375f;
  x = x + n * 2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * x + 1.3981999507e-3f;
  y = y * x + 8.3334519073e-3f;
  y = y * x + 4.1665795894e-2f;
  y = y * x + 1.6666665459e-1f;
  y = y * x + 5.0000001201e-1f;
  y = y * x * x + x + 1.0f;
  /* the last bits of the shifted number are an integer: n + 127, moved to where the exponent is */
  return y * bits_as_float((int32_t)(((uint32_t)float_as_bits(shifted) + 127) << 23));
}

/* exp(x) with what lies beyond: 0 and infinity. */
INLINE float exp_of(float x) {
  const float y = exponential(x);
  return x > 88.722839f ? INFINITY : x < -87.0f ? 0.0f : x > 88.0f ? y * exponential(x - 88.0f) : y;
}

INLINE double bits_as_double(int64_t i) { union { int64_t i; double f; } u; u.i = i; return u.f; }
INLINE int64_t double_as_bits(double f) { union { double f; int64_t i; } u; u.f = f; return u.i; }

INLINE double where64(double x, int64_t live) { return bits_as_double(double_as_bits(x) & live); }

/* exp(x) in float64 for x <= 0 and not below -700: its series to the eleventh power on the rest, good to 1e-14. */
INLINE double exponential64(double x) {
  x = x < -700.0 ? -700.0 : x;
  const double magic = 6755399441055744.0;
  const double shifted = x * 1.44269504088896340736 + magic;
  const double n = shifted - magic;
  x = x - n * 0.693147180369123816490;
  x = x - n * 1.90821492927058770002e-10;
  double y = 1.0 / 39916800;
  y = y * x + 1.0 / 3628800;
  y = y * x + 1.0 / 362880;
  y = y * x + 1.0 / 40320;
  y = y * x + 1.0 / 5040;
  y = y * x + 1.0 / 720;
  y = y * x + 1.0 / 120;
  y = y * x + 1.0 / 24;
  y = y * x + 1.0 / 6;
  y = y * x + 0.5;
  y = y * x + 1.0;
  y = y * x + 1.0;
  return y * bits_as_double((int64_t)(((uint64_t)double_as_bits(shifted) + 1023) << 52));
}

/* Phi(x) = (1 + erf(x / sqrt 2)) / 2, erf as a quotient of polynomials (Eigen's generic float erf): four units in the last place of 1. Exactly 0 below -5.5. */
INLINE float normal_gate(float x) {
  float t = x * 0.70710678118654752f;
  t = t < -4.0f ? -4.0f : t;
  t = t > 4.0f ? 4.0f : t;
  const float s = t * t;
  float p = -2.72614225801306e-10f;
  p = p * s + 2.77068142495902e-8f;
  p = p * s + -2.10102402082508e-6f;
  p = p * s + -5.69250639462346e-5f;
  p = p * s + -7.34990630326855e-4f;
  p = p * s + -2.95459980854025e-3f;
  p = p * s + -1.60960333262415e-2f;
  float q = -1.45660718464996e-5f;
  q = q * s + -2.13374055278905e-4f;
  q = q * s + -1.68282697438203e-3f;
  q = q * s + -7.37332916720468e-3f;
  q = q * s + -1.42647390514189e-2f;
  const float gate = t * p / q * 0.5f + 0.5f;
  return x < -5.5f ? 0.0f : gate;
}

INLINE float gelu_of(float x) { return x * normal_gate(x); }

/* Phi(x) + x phi(x) */
INLINE float gelu_slope(float x) {
  const float far = x < -13.0f ? -13.0f : x > 13.0f ? 13.0f : x;
  return normal_gate(x) + exponential(far * far * -0.5f) * far * 0.39894228040143267794f;
}

#define GELU_SCALE 1.59576912160573071f
#define GELU_CUBIC 0.044715f

/* (1 + tanh(v / 2)) / 2 = 1 / (1 + exp(-v)), v = 2 sqrt(2 / pi) (x + 0.044715 x^3): a tanh of its own would lose what is left of the gate on the far left. */
INLINE float logistic_gate(float x) {
  const float v = x * (x * x * (-GELU_SCALE * GELU_CUBIC) - GELU_SCALE);
  return 1.0f / (1.0f + exponential(v));
}

INLINE float gelu_tanh_of(float x) { return x * logistic_gate(x); }

INLINE float gelu_tanh_slope(float x) {
  const float gate = logistic_gate(x);
  const float far = x < -1e6f ? -1e6f : x > 1e6f ? 1e6f : x;
  return gate + far * gate * (1.0f - gate) * (far * far * (3.0f * GELU_SCALE * GELU_CUBIC) + GELU_SCALE);
}

INLINE float sigmoid_of(float x) { return 1.0f / (1.0f + exponential(-x)); }

/* Cephes, tanhf: a polynomial near 0, by exp elsewhere. */
INLINE float tanh_of(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z + -5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z + -3.33332819422e-1f;
  const float near = p * z * x + x;
  const float size = x < 0.0f ? -x : x;
  const float far = 1.0f - 2.0f / (exponential(2.0f * size) + 1.0f);
  return size < 0.625f ? near : x < 0.0f ? -far : far;
}

/* Cephes, logf. 0 gives -infinity, what is below NaN. */
INLINE float log_of(float x) {
  const float scaled = x < 1.17549435e-38f ? x * 8388608.0f : x;
  const int32_t bits = (int32_t)((uint32_t)float_as_bits(scaled) - 0x3f3504f3u);
  const float e = (float)(bits >> 23) - (x < 1.17549435e-38f ? 23.0f : 0.0f);
  const float m = bits_as_float((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
  const float z = m * m;
  float y = 7.0376836292e-2f;
  y = y * m + -1.1514610310e-1f;
  y = y * m + 1.1676998740e-1f;
  y = y * m + -1.2420140846e-1f;
  y = y * m + 1.4249322787e-1f;
  y = y * m + -1.6668057665e-1f;
  y = y * m + 2.0000714765e-1f;
  y = y * m + -2.4999993993e-1f;
  y = y * m + 3.3333331174e-1f;
  y = y * m * z;
  y = y + e * -2.12194440e-4f;
  y = y - 0.5f * z;
  const float value = m + y + e * 0.693359375f;
  return x > 0.0f ? (x < INFINITY ? value : x) : x == 0.0f ? -INFINITY : NAN;
}

/* An activation by its number (activationCodes), which the compiler knows: 0 is none. NaN stays. */
INLINE float activated(float x, int activation) {
  return activation == 1 ? gelu_of(x) : activation == 2 ? gelu_tanh_of(x) : activation == 3 ? (x < 0 ? 0.0f : x) : x;
}
`
