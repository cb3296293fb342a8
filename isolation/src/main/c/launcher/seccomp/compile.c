/* Compiles a table of system calls into a BPF program, printed as C initialisers. Runs when the launcher is
 * built. Usage: compile TABLE NAMES, where NAMES has one "name number" per line. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLS = 1024, CLAUSES = 8, CONDITIONS = 3, VALUES = 16, PROGRAM = 4096, LINE_BYTES = 512 };
enum test { TEST_IN, TEST_NOT_IN, TEST_WITHOUT };

struct condition {
  enum test test;
  unsigned argument;
  uint32_t values[VALUES];
  unsigned count;
};

struct clause {
  struct condition conditions[CONDITIONS];
  unsigned count;
};

struct call {
  char name[40];
  bool is_ruled;
  uint32_t action; /* when no clause is true */
  struct clause clauses[CLAUSES];
  unsigned clause_count;
};

static struct call calls[CALLS]; /* by number; those without a name do not exist */
static unsigned highest;
static const char *table_name;
static unsigned line_number;

static struct sock_filter program[PROGRAM];
static unsigned length;

static _Noreturn void stop(const char *what, const char *which) {
  fprintf(stderr, "%s:%u: %s '%s'\n", table_name, line_number, what, which);
  exit(1);
}

static void add_name(const char *name, unsigned number) {
  if (number >= CALLS) {
    stop("number out of range:", name);
  }
  snprintf(calls[number].name, sizeof calls[number].name, "%s", name);
  highest = number > highest ? number : highest;
}

static struct call *find(const char *name, bool must_exist) {
  for (unsigned i = 0; i <= highest; i++) {
    if (strcmp(calls[i].name, name) == 0) {
      return &calls[i];
    }
  }
  if (must_exist) {
    stop("unknown system call", name);
  }
  return NULL;
}

static uint32_t error_action(const char *name) {
  static const struct {
    const char *name;
    uint32_t number;
  } errors[] = {{"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"EAFNOSUPPORT", EAFNOSUPPORT}};
  for (size_t i = 0; name != NULL && i < sizeof errors / sizeof errors[0]; i++) {
    if (strcmp(name, errors[i].name) == 0) {
      return SECCOMP_RET_ERRNO | errors[i].number;
    }
  }
  stop("unknown error", name == NULL ? "" : name);
}

static char *next_word(void) {
  return strtok(NULL, " \t\n");
}

static char *need_word(void) {
  char *word = next_word();
  if (word == NULL) {
    stop("a word is missing", "");
  }
  return word;
}

static void rule(uint32_t action, bool must_exist) {
  for (char *name; (name = next_word()) != NULL;) {
    struct call *call = find(name, must_exist);
    if (call != NULL && call->is_ruled) {
      stop("listed twice:", name);
    }
    if (call != NULL) {
      call->is_ruled = true;
      call->action = action;
    }
  }
}

/* For a table that follows another one. */
static void forget(void) {
  for (char *name; (name = next_word()) != NULL;) {
    struct call *call = find(name, true);
    call->is_ruled = false;
    call->clause_count = 0;
    memset(call->clauses, 0, sizeof call->clauses);
  }
}

static uint32_t parse_value(const char *word) {
  char *end;
  unsigned long long value = strtoull(word, &end, 0);
  if (*end != 0 || value > UINT32_MAX) {
    stop("not a number of 32 bits:", word);
  }
  return (uint32_t)value;
}

/* Reads one condition; true when another follows. */
static bool parse_condition(struct condition *condition) {
  const char *argument = need_word();
  const char *test = need_word();
  if (strncmp(argument, "arg", 3) != 0 || argument[3] < '0' || argument[3] > '5') {
    stop("not an argument:", argument);
  }
  condition->argument = (unsigned)(argument[3] - '0');
  condition->test = strcmp(test, "in") == 0       ? TEST_IN
                    : strcmp(test, "not-in") == 0 ? TEST_NOT_IN
                                                  : TEST_WITHOUT;
  for (;;) {
    const char *word = need_word();
    if (strcmp(word, "and") == 0 || strcmp(word, "then") == 0) {
      return word[0] == 'a';
    }
    if (condition->count == VALUES) {
      stop("too many values at", word);
    }
    condition->values[condition->count++] = parse_value(word);
  }
}

static void parse_clause(void) {
  struct call *call = find(need_word(), true);
  if (call->clause_count == CLAUSES) {
    stop("too many clauses for", call->name);
  }
  struct clause *clause = &call->clauses[call->clause_count++];
  bool is_more;
  do {
    if (clause->count == CONDITIONS) {
      stop("too many conditions for", call->name);
    }
    is_more = parse_condition(&clause->conditions[clause->count++]);
  } while (is_more);
  if (strcmp(need_word(), "allow") != 0) {
    stop("'then' without 'allow' for", call->name);
  }
}

static void parse_line(char *line) {
  char *word = strtok(line, " \t\n");
  if (word == NULL || word[0] == '#') {
    return;
  }
  if (strcmp(word, "allow") == 0) {
    rule(SECCOMP_RET_ALLOW, true);
  } else if (strcmp(word, "allow-some") == 0) {
    rule(SECCOMP_RET_ALLOW, false);
  } else if (strcmp(word, "errno") == 0) {
    rule(error_action(next_word()), true);
  } else if (strcmp(word, "again") == 0) {
    forget();
  } else if (strcmp(word, "if") == 0) {
    parse_clause();
  } else if (strcmp(word, "else") == 0) {
    struct call *call = find(need_word(), true);
    call->is_ruled = true;
    call->action = error_action(next_word());
  } else if (strcmp(word, "number") == 0) {
    char *name = need_word();
    add_name(name, parse_value(need_word()));
  } else {
    stop("unknown keyword", word);
  }
}

static void read_names(const char *path) {
  char name[40];
  unsigned number;
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    stop("cannot read", path);
  }
  while (fscanf(file, "%39s %u", name, &number) == 2) {
    add_name(name, number);
  }
  fclose(file);
}

static void read_table(const char *path) {
  char line[LINE_BYTES];
  table_name = path;
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    stop("cannot read", path);
  }
  while (fgets(line, sizeof line, file) != NULL) {
    line_number++;
    parse_line(line);
  }
  fclose(file);
}

static unsigned emit(uint16_t code, uint32_t k) {
  if (length == PROGRAM) {
    stop("program too long", "");
  }
  program[length] = (struct sock_filter){.code = code, .k = k};
  return length++;
}

static void emit_return(uint32_t action) {
  emit(BPF_RET | BPF_K, action);
}

static void emit_condition(const struct condition *condition, unsigned *escapes, unsigned *count) {
  emit(BPF_LD | BPF_W | BPF_ABS,
       (uint32_t)(offsetof(struct seccomp_data, args) + 8 * condition->argument));
  bool leave_when_equal = condition->test == TEST_NOT_IN;
  for (unsigned i = 0; i < condition->count; i++) {
    if (condition->test == TEST_WITHOUT || leave_when_equal) {
      uint16_t operation = condition->test == TEST_WITHOUT ? BPF_JSET : BPF_JEQ;
      unsigned at = emit(BPF_JMP | operation | BPF_K, condition->values[i]);
      program[at].jt = 0;
      program[at].jf = 1;
      escapes[(*count)++] = emit(BPF_JMP | BPF_JA, 0);
    } else {
      unsigned at = emit(BPF_JMP | BPF_JEQ | BPF_K, condition->values[i]);
      program[at].jt = (uint8_t)(condition->count - i); /* over the rest and the escape */
    }
  }
  if (condition->test == TEST_IN) {
    escapes[(*count)++] = emit(BPF_JMP | BPF_JA, 0);
  }
}

static void emit_call(const struct call *call) {
  for (unsigned i = 0; i < call->clause_count; i++) {
    unsigned escapes[CONDITIONS * VALUES], count = 0;
    for (unsigned j = 0; j < call->clauses[i].count; j++) {
      emit_condition(&call->clauses[i].conditions[j], escapes, &count);
    }
    emit_return(SECCOMP_RET_ALLOW);
    while (count > 0) {
      count--;
      program[escapes[count]].k = length - escapes[count] - 1;
    }
  }
  emit_return(call->action);
}

/* Calls with the same plain action next to each other form one range. */
struct range {
  uint32_t first;
  const struct call *call;
};
static struct range ranges[CALLS + 1];
static unsigned range_count;

static void make_ranges(void) {
  static struct call beyond = {.action = SECCOMP_RET_ERRNO | ENOSYS};
  for (unsigned i = 0; i <= highest; i++) {
    struct call *call = &calls[i];
    if (!call->is_ruled) {
      /* Numbers without a name are holes of the architecture. */
      call->action = SECCOMP_RET_ERRNO | (uint32_t)(call->name[0] == 0 ? ENOSYS : EPERM);
    }
    const struct call *last = range_count == 0 ? NULL : ranges[range_count - 1].call;
    if (last == NULL || last->clause_count > 0 || call->clause_count > 0 ||
        last->action != call->action) {
      ranges[range_count++] = (struct range){.first = i, .call = call};
    }
  }
  ranges[range_count++] = (struct range){.first = highest + 1, .call = &beyond};
}

/* A balanced tree, so that every call is decided after a handful of comparisons. */
static void emit_tree(unsigned from, unsigned to) {
  if (to - from == 1) {
    emit_call(ranges[from].call);
    return;
  }
  unsigned middle = (from + to) / 2;
  unsigned at = emit(BPF_JMP | BPF_JGE | BPF_K, ranges[middle].first);
  program[at].jf = 1;
  unsigned jump = emit(BPF_JMP | BPF_JA, 0);
  emit_tree(from, middle);
  program[jump].k = length - jump - 1;
  emit_tree(middle, to);
}

/* Of the machine that the filter is for, which need not be this one. */
static const struct architecture {
  const char *name;
  uint32_t audit;
  uint32_t second_calls; /* numbers from here on are another table of calls; 0: there is one */
} architectures[] = {
    {"x86_64", AUDIT_ARCH_X86_64, 0x40000000 /* x32 */},
    {"aarch64", AUDIT_ARCH_AARCH64, 0},
};

static const struct architecture *find_architecture(const char *name) {
  for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++) {
    if (strcmp(architectures[i].name, name) == 0) {
      return &architectures[i];
    }
  }
  fprintf(stderr, "no system call filter for '%s' yet\n", name);
  exit(1);
}

static void emit_program(const struct architecture *architecture) {
  emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
  unsigned at = emit(BPF_JMP | BPF_JEQ | BPF_K, architecture->audit);
  program[at].jt = 1;
  emit_return(SECCOMP_RET_KILL_PROCESS);
  emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  if (architecture->second_calls != 0) {
    at = emit(BPF_JMP | BPF_JGE | BPF_K, architecture->second_calls);
    program[at].jf = 1;
    emit_return(SECCOMP_RET_ERRNO | ENOSYS);
  }
  make_ranges();
  emit_tree(0, range_count);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: compile TABLE NAMES ARCHITECTURE\n");
    return 2;
  }
  table_name = arguments[2];
  read_names(arguments[2]);
  read_table(arguments[1]);
  emit_program(find_architecture(arguments[3]));
  for (unsigned i = 0; i < length; i++) {
    printf("    {0x%04x, %u, %u, 0x%08x},\n", program[i].code, program[i].jt, program[i].jf,
           program[i].k);
  }
  return 0;
}
