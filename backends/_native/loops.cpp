// The short-time Fourier transform for several instruction sets in one library, which Python loads by ctypes: the .inc files are
// compiled once for each, and a processor's own is chosen when the library is loaded.
//
// No state, no memory of its own, no threads: functions of pointers. Frames lie side by side in the lanes of vectors, so that a frame's
// numbers depend on nothing but its samples. Fused multiply-adds are written out and contraction is off: all instruction sets and
// compilers give the same bits.
#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(_M_X64)
#define X86 1
#include <immintrin.h>
#elif defined(__aarch64__) || defined(_M_ARM64)
#define ARM 1
#include <arm_neon.h>
#endif
#ifdef _WIN32
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#pragma fp_contract(off)
#define INLINE static __forceinline
#define NOINLINE __declspec(noinline)
#define UNROLL
#define FETCH(p)
#define FETCH_TO_WRITE(p)
#else
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define FETCH(p) __builtin_prefetch(p, 0, 2)
#define FETCH_TO_WRITE(p) __builtin_prefetch(p, 1, 2)
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in its own header of AVX-512, in versions 11 and 12
#endif
#endif

// What Python must know of functions and structures (fourier.py, decoding.py): ABI changes with it.
constexpr int ABI = 3;
typedef ptrdiff_t Index;
enum { COMPLEX, MAGNITUDE, POWER };
enum { ZEROS, EDGE, REFLECT, SYMMETRIC, RAMP };
struct Fft { Index n; const int *radix, *order; const float* turns; };  // radices and a 0, where the last blocks' bins go, each pass's turns
struct Plan { Fft a, b; const float *outer, *turns; };                  // turns between the passes of both, and of the real spectrum
struct Bank { Index n, width; const float* weights; const int *start, *length; };  // rows, and what is not zero of each
struct Analysis {
  const Plan* plan;
  const Bank* bank;
  const float *x, *window;  // half of the window
  Index clip_step, n_samples, n_frames, hop, padding;
  int pad_mode, what;
};
struct Rows { const float* x; Index row, column; };  // numbers (frame, bin), and how many floats there are from one to the next

static Index smallest(Index a, Index b, Index c) { return a < b ? (a < c ? a : c) : (b < c ? b : c); }
static bool silent(const float* x, Index n) {
  bool sound = false;
  for (Index i = 0; i < n; i++) sound |= x[i] != 0;
  return !sound;
}
// The exponent of a positive number, such that a power of two of it and of its negative are normal numbers; 0 of what has none.
static int exponent(float a) {
  if (!(a > 0 && a <= FLT_MAX)) return 0;
  uint32_t bits;
  memcpy(&bits, &a, 4);
  const int e = (int)(bits >> 23) - 127;
  return e < -126 ? -126 : e > 126 ? 126 : e;
}
static float power_of_two(int e) {
  const uint32_t bits = (uint32_t)(e + 127) << 23;
  float a;
  memcpy(&a, &bits, 4);
  return a;
}

constexpr int HALF_ROOT_BITS = 0x3f3504f3;  // of sqrt(1/2): exponent_of(a) leaves a number from there to the root of 2

struct Parts {  // of memory, each aligned as vectors are
  float* memory;
  Index taken;
  float* take(Index floats) {
    float* part = memory ? memory + taken : nullptr;
    taken += (floats + 15) / 16 * 16;
    return part;
  }
};

struct Signal {
  const float* x;
  Index n, padding;
  int pad_mode;

  float outside(Index i) const {  // before or behind the samples
    if (i < -padding || i >= n + padding || pad_mode == ZEROS) return 0;
    if (pad_mode == REFLECT || pad_mode == SYMMETRIC) {
      const Index twice = pad_mode == SYMMETRIC, period = n == 1 && !twice ? 1 : 2 * (n - 1 + twice);
      const Index phase = (i % period + period) % period;
      return x[phase < n ? phase : period - phase - twice];
    }
    const Index beyond = i < 0 ? -i : i - (n - 1);
    const float last = x[i < 0 ? 0 : n - 1];
    return pad_mode == RAMP ? last * (float)(1 - (double)beyond / (double)padding) : last;
  }
  void copy(Index first, Index count, float* to) const {
    Index i = 0;
    for (; i < count && first + i < 0; i++) to[i] = outside(first + i);
    const Index inside = smallest(count - i, n - (first + i), count);
    if (inside > 0) { memcpy(to + i, x + first + i, 4 * inside); i += inside; }
    for (; i < count; i++) to[i] = outside(first + i);
  }
};

#if X86
#define ISA 256
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace avx2 {
#include "lanes.inc"
#include "fft.inc"
#include "analysis.inc"
#include "synthesis.inc"
#include "levels.inc"
}
#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#undef ISA
#undef LANES
#define ISA 512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma,avx2"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,avx2,prefer-vector-width=512")
#endif
namespace avx512 {
#include "lanes.inc"
#include "fft.inc"
#include "analysis.inc"
#include "synthesis.inc"
#include "levels.inc"
}
#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#define ON(isa, function) (isa == 512 ? avx512::function : avx2::function)
#elif ARM
#define ISA 128
namespace neon {
#include "lanes.inc"
#include "fft.inc"
#include "analysis.inc"
#include "synthesis.inc"
#include "levels.inc"
}
#define ON(isa, function) ((void)isa, neon::function)
#endif

// Viterbi's algorithm on one clip: the states (time) of the best path through scores (time, state), and what it is worth. Each state
// has `n_steps` origins, in ascending order, and what the steps from these cost; `worth` has room for a number for each time and state.
// What is no number wins, as by NumPy's maxima.
static bool beats(double a, double b) { return !(a <= b) && b == b; }
EXPORT double nnaudio_xp_best_path(const double* scores, const double* start, const int64_t* origins, const double* costs, Index n_times,
                                   Index n_states, Index n_steps, double* worth, int64_t* path) {
  for (Index s = 0; s < n_states; s++) worth[s] = scores[s] + start[s];
  double* now = worth;
  for (Index t = 1; t < n_times; t++, now += n_states) {
    for (Index s = 0; s < n_states; s++) {
      const int64_t* from = origins + s * n_steps;
      const double* cost = costs + s * n_steps;
      double best = now[from[0]] + cost[0];
      for (Index k = 1; k < n_steps; k++) {
        const double other = now[from[k]] + cost[k];
        best = beats(other, best) ? other : best;
      }
      now[n_states + s] = best + scores[t * n_states + s];
    }
  }
  Index state = 0;
  for (Index s = 1; s < n_states; s++)
    if (beats(now[s], now[state])) state = s;
  const double total = now[state];
  path[n_times - 1] = state;
  for (Index t = n_times - 2; t >= 0; t--) {
    now -= n_states;
    const int64_t* from = origins + state * n_steps;
    const double* cost = costs + state * n_steps;
    Index step = 0;
    for (Index k = 1; k < n_steps; k++)
      if (beats(now[from[k]] + cost[k], now[from[step]] + cost[step])) step = k;
    path[t] = state = (Index)from[step];
  }
  return total;
}

// Where the rows of a filter bank are not zero, and how many numbers that is in all. Of a row of zeros the first counts, so that what is
// no number stays so.
EXPORT Index nnaudio_xp_reach(const float* weights, Index n, Index width, int* start, int* length) {
  Index total = 0;
  for (Index m = 0; m < n; m++, weights += width) {
    Index first = 0, last = width;
    while (first + 16 <= width && silent(weights + first, 16)) first += 16;
    while (first < width && weights[first] == 0) first++;
    if (first == width) { first = 0; last = 1; }
    while (last - 16 >= first && silent(weights + last - 16, 16)) last -= 16;
    while (last - 1 > first && weights[last - 1] == 0) last--;
    start[m] = (int)first;
    total += length[m] = (int)(last - first);
  }
  return total;
}

EXPORT int nnaudio_xp_abi() { return ABI; }

// The bits of the widest vectors that this processor and its system run; 0: none of ours.
EXPORT int nnaudio_xp_isa() {
#if X86 && (!defined(_MSC_VER) || defined(__clang__))
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw")) return 512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 256 : 0;
#elif X86
  int r[4];
  __cpuidex(r, 1, 0);
  if (!(r[2] & 1 << 12) || !(r[2] & 1 << 27)) return 0;  // FMA, and a system that says what it saves
  const unsigned long long saved = _xgetbv(0);
  __cpuidex(r, 7, 0);
  const int wanted = 1 << 16 | 1 << 17 | 1 << 30 | (int)(1u << 31);
  if ((saved & 0xe6) == 0xe6 && (r[1] & wanted) == wanted) return 512;
  return (saved & 6) == 6 && (r[1] & 1 << 5) ? 256 : 0;
#elif ARM
  return 128;
#else
  return 0;
#endif
}

#ifdef ON
static float* aligned(float* p) { return (float*)(((uintptr_t)p + 63) & ~(uintptr_t)63); }

// Floats of scratch that the following need, wherever they begin.
EXPORT Index nnaudio_xp_scratch(int isa, const Analysis* job) {
  return 16 + ON(isa, need)(*job);
}
// Frames first ... last - 1 of all clips, as if these lay one after the other, to rows of `out`, `row` floats apart.
EXPORT void nnaudio_xp_spectra(int isa, const Analysis* job, Index first, Index last, float* out, Index row, float* scratch) {
  ON(isa, spectra)(*job, first, last, out, row, aligned(scratch));
}
// The frames of spectra, windowed and added to a line; job->x is not read.
EXPORT void nnaudio_xp_add_frames(int isa, const Analysis* job, const Rows* spectra, float* line, float* scratch) {
  ON(isa, add_frames)(*job, *spectra, line, aligned(scratch));
}
// The gradient with respect to the samples of a clip and their padding, added to a line, of that of its `nnaudio_xp_spectra`.
EXPORT void nnaudio_xp_add_slopes(
    int isa, const Analysis* job, Index clip, const float* window, const Rows* slopes, float* line, float* scratch) {
  ON(isa, add_slopes)(*job, clip, window, *slopes, line, aligned(scratch));
}
// A step of Griffin-Lim on one clip, added to a line: `before` holds the spectra before, (bin, frame) for each vector of frames.
EXPORT void nnaudio_xp_add_step(
    int isa, const Analysis* job, const float* window, const Rows* sizes, float push, float* before, float* line, float* scratch) {
  ON(isa, add_step)(*job, window, *sizes, push, aligned(before), line, aligned(scratch));
}
// Decibels of n powers of at least `amin`, which is a normal number, less an offset: the largest of them, no number if one is not finite.
EXPORT float nnaudio_xp_levels(int isa, const float* powers, Index n, float amin, float offset, float* out) {
  return ON(isa, levels)(powers, n, amin, offset, out);
}
#endif
