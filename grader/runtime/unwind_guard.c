/* The runtime must not depend on the C++ library, so the one place where an exception of the
   program's passes through a frame of the runtime that has something to clean up is C: its cleanup
   attribute needs the C personality routine alone, which is linked in. Compiled with -fexceptions. */

struct guard {
  void (*cleanup)(void *);
  void *argument;
};

static void leave(struct guard *guard) { guard->cleanup(guard->argument); }

void grader_run_guarded(void (*routine)(void), void (*cleanup)(void *), void *argument);

void grader_run_guarded(void (*routine)(void), void (*cleanup)(void *), void *argument) {
  struct guard guard __attribute__((cleanup(leave))) = {cleanup, argument};
  routine();
}
