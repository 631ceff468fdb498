// Calls nnaudio_xp_spectra of the library that is named, as another_library.py says on the standard input: memory that begins with
// the job, where pointers are in it, and which frames are wanted. These go to the standard output.
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct Call { int64_t size, n_pointers, first, last, row; };

static void* read(int64_t bytes) {
  void* memory = malloc(bytes + 1);
  if (fread(memory, 1, bytes, stdin) != (size_t)bytes) exit(1);
  return memory;
}

int main(int, char** arguments) {
  void* library = dlopen(arguments[1], RTLD_NOW);
  if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
  const int isa = ((int (*)())dlsym(library, "nnaudio_xp_isa"))();
  const auto need = (int64_t (*)(int, const void*))dlsym(library, "nnaudio_xp_scratch");
  const auto spectra = (void (*)(int, const void*, int64_t, int64_t, float*, int64_t, float*))dlsym(library, "nnaudio_xp_spectra");
  for (Call call; fread(&call, sizeof call, 1, stdin) == 1;) {
    char* memory = (char*)read(call.size);
    int64_t* pointers = (int64_t*)read(8 * call.n_pointers);
    for (int64_t i = 0; i < call.n_pointers; i++) *(int64_t*)(memory + pointers[i]) += (int64_t)memory;
    const size_t floats = (call.last - call.first) * call.row;
    float *scratch = (float*)malloc(4 * need(isa, memory)), *out = (float*)malloc(4 * floats);
    spectra(isa, memory, call.first, call.last, out, call.row, scratch);
    fwrite(out, 4, floats, stdout);
    fflush(stdout);
    free(memory); free(pointers); free(scratch); free(out);
  }
}
