// The one thing in which the libFuzzer programs differ.
extern const char* const fuzz_reader_name;
const char* const fuzz_reader_name = GRADER_FUZZ_READER;
