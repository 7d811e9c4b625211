import ArgumentParser
@main struct Spanq: ParsableCommand { func run() {} }
